// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string_view>

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/result.hpp>
#include <convert/storage.hpp>

/// Injected faults: wrappers of the backends that fail at random from a seed.
namespace convert::test {

/// Which calls of a kind fail, and how.
struct Fault {
  double share = 0;       ///< probability, 0 to 1
  std::uint64_t nth = 0;  ///< this call fails, counted since `set`; 0: none
  Error error{Errc::io, "An injected fault.", true};
  bool after = false;  ///< the call takes effect before it fails
};

/// Decides for each call whether it fails. `Call` is an enumeration whose last value is `count`. Thread-safe.
template <class Call>
class FaultInjector {
 public:
  explicit FaultInjector(std::uint64_t seed) : random_(seed) {}

  void set(Call call, Fault fault) {
    const std::lock_guard lock(mutex_);
    CallFaults& row = calls_by_kind_.at(static_cast<std::size_t>(call));
    row.fault = std::move(fault);
    row.calls = 0;
  }
  void set_all(const Fault& fault) {
    for (std::size_t call = 0; call < kCalls; ++call) set(static_cast<Call>(call), fault);
  }
  void clear() { set_all(Fault{}); }

  /// The fault of this call, if any.
  std::optional<Fault> next_fault(Call call) {
    const std::lock_guard lock(mutex_);
    CallFaults& row = calls_by_kind_.at(static_cast<std::size_t>(call));
    const bool injected = ++row.calls == row.fault.nth || chance(row.fault.share);
    if (!injected) return {};
    ++strikes_;
    return row.fault;
  }

  /// True with the probability `share`.
  bool happens(double share) {
    const std::lock_guard lock(mutex_);
    return chance(share);
  }
  /// A random number from 0 to `last`.
  std::uint64_t up_to(std::uint64_t last) {
    const std::lock_guard lock(mutex_);
    return std::uniform_int_distribution<std::uint64_t>(0, last)(random_);
  }
  /// The number of calls of a kind since its fault was set.
  std::uint64_t calls(Call call) const {
    const std::lock_guard lock(mutex_);
    return calls_by_kind_.at(static_cast<std::size_t>(call)).calls;
  }
  /// The number of injected faults.
  std::uint64_t injected_count() const {
    const std::lock_guard lock(mutex_);
    return strikes_;
  }

 private:
  static constexpr std::size_t kCalls = static_cast<std::size_t>(Call::count);
  struct CallFaults {
    Fault fault{};
    std::uint64_t calls = 0;
  };

  bool chance(double share) { return share > 0 && std::bernoulli_distribution(share)(random_); }

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::array<CallFaults, kCalls> calls_by_kind_{};
  std::uint64_t strikes_ = 0;
};

/// Runs an operation that may fail before or after it takes effect.
template <class Call, class Operation>
auto with_faults(FaultInjector<Call>& faults, Call call, const Operation& operation)
    -> decltype(operation()) {
  const auto fault = faults.next_fault(call);
  if (fault && !fault->after) return fault->error;
  auto result = operation();
  if (fault) return fault->error;
  return result;
}

enum class StorageCall {
  open,
  read,
  create,
  write,
  commit,
  suspend,
  resume,
  stat,
  remove,
  list,
  copy,
  count
};

/// A Storage with injected faults. Its Readers and Writers may outlive it.
///
/// `read` and `write` are calls of a Reader or a Writer. A write that fails "after" has written the first
/// half of its bytes. Readers and Writers have no native handle unless `pass_handles(true)`: faults cannot be
/// injected into a descriptor.
class ChaosStorage : public Storage {
 public:
  ChaosStorage(std::shared_ptr<Storage> inner, std::uint64_t seed);

  FaultInjector<StorageCall>& faults();
  void pass_handles(bool pass);
  /// Reads return a random number of bytes, from 1 to the requested number.
  void short_reads(bool on);
  /// New Writers accept only sequential writes, as those of object stores.
  void forward_only(bool on);
  /// Calls of this kind (`open`, `read`, `create`, `write` or `commit`) wait until they are cancelled, or
  /// until this is called again: an object store that does not answer.
  void hang(std::optional<StorageCall> call);
  /// The number of calls that wait now.
  int hanging() const;
  /// Blobs have a time that says nothing about their age (Blob::time_may_be_early).
  void early_times(bool on);

  Result<std::unique_ptr<Reader>> open(const Key& key, std::stop_token stop = {}) override;
  Result<std::unique_ptr<Writer>> create(const Key& key, std::stop_token stop = {}) override;
  Result<ResumedWriter> resume(const Key& key, std::string_view token, std::stop_token stop = {}) override;
  Result<void> discard(const Key& key, std::string_view token) override;
  Result<std::size_t> remove_unfinished(std::chrono::milliseconds age) override;
  Result<Blob> stat(const Key& key) override;
  Result<void> remove(const Key& key) override;
  Result<std::vector<Blob>> list(std::string_view prefix, const Key& after, std::size_t max) override;
  Result<std::string> signed_url(const Key& key, const DownloadUrl& request) override;
  Result<Time> now() override;
  Result<void> copy(const Key& from, const Key& to, std::stop_token stop = {}) override;

  struct Shared {
    explicit Shared(std::uint64_t seed) : faults(seed) {}
    FaultInjector<StorageCall> faults;
    std::atomic<bool> pass_handles = false;
    std::atomic<bool> short_reads = false;
    std::atomic<bool> forward_only = false;
    std::atomic<bool> early_times = false;

    std::mutex mutex;
    std::condition_variable_any hang_changed;
    std::optional<StorageCall> hung;
    int hanging = 0;

    /// Waits while calls of that kind hang. Errors: `cancelled`.
    Result<void> wait_if_hanging(StorageCall call, const std::stop_token& cancelled);
  };

 private:
  std::shared_ptr<Storage> inner_;
  std::shared_ptr<Shared> shared_;
};

enum class StoreCall {
  insert,
  claim,
  heartbeat,
  lost_claims,
  apply,
  expire_leases,
  remove,
  find,
  find_many,
  list,
  changes,
  job_changes,
  last_revision,
  trim_changes,
  unreferenced,
  statistics,
  usage,
  elect,
  count
};

/// A JobStore with injected faults: before a call, or after it took effect (Fault::after), as if the answer
/// was lost.
class ChaosStore : public JobStore {
 public:
  ChaosStore(std::shared_ptr<JobStore> inner, std::uint64_t seed);

  FaultInjector<StoreCall>& faults() { return faults_; }

  Result<Job> insert(const JobRequest& request) override;
  Result<std::vector<Job>> claim(const ClaimRequest& request) override;
  Result<std::vector<Claim>> heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                       std::chrono::milliseconds lease) override;
  Result<std::vector<Claim>> lost_claims(std::span<const Claim> claims) override;
  Result<Transition> apply(JobId id, const Event& event) override;
  Result<std::vector<Job>> expire_leases(std::size_t max) override;
  Result<Job> remove(JobId id, std::optional<Time> finished_before) override;
  Result<Job> find(JobId id) override;
  Result<std::vector<Job>> find_many(std::span<const JobId> ids) override;
  Result<std::vector<Job>> list(const JobFilter& filter) override;
  Result<std::vector<Change>> changes(Revision after, std::size_t max) override;
  Result<std::vector<Change>> job_changes(JobId id, Revision after, std::size_t max) override;
  Result<Revision> last_revision() override;
  std::shared_ptr<void> notify_changes(std::function<void()> callback) override;
  Result<void> trim_changes(Time before) override;
  Result<std::vector<Key>> unreferenced(std::span<const Key> keys) override;
  Result<Statistics> statistics() override;
  Result<Usage> usage(std::string_view owner) override;
  Result<Time> now() override;
  Result<bool> elect(std::string_view role, std::string_view host, std::chrono::milliseconds lease) override;

 private:
  std::shared_ptr<JobStore> inner_;
  FaultInjector<StoreCall> faults_;
};

enum class QueueCall { announce, next, count };

/// What a ChaosQueue does to announcements, as probabilities from 0 to 1.
struct QueueDisturbances {
  double lose = 0;     ///< accepted and never delivered
  double twice = 0;    ///< delivered twice
  double reorder = 0;  ///< delivered after the next one, if there is one
  double delay = 0;    ///< delayed by 0 to `longest_delay`
  std::chrono::milliseconds longest_delay{1000};
};

/// A Queue that loses, duplicates, reorders and delays announcements, as queues may do. Its calls can fail
/// too.
class ChaosQueue : public Queue {
 public:
  ChaosQueue(std::shared_ptr<Queue> inner, std::uint64_t seed, QueueDisturbances chaos);

  FaultInjector<QueueCall>& faults() { return faults_; }
  /// The number of announcements that were lost, duplicated, reordered or delayed.
  std::uint64_t disturbances() const;

  Result<void> announce(JobId id, std::chrono::milliseconds delay) override;
  Result<std::optional<JobId>> next(std::chrono::milliseconds wait) override;
  void wake() override;

 private:
  bool disturb(double share);
  std::optional<JobId> take_waiting();
  void keep_waiting(JobId id);

  std::shared_ptr<Queue> inner_;
  FaultInjector<QueueCall> faults_;
  QueueDisturbances chaos_;
  mutable std::mutex mutex_;
  std::deque<JobId> waiting_;  // to be delivered later or again
  std::uint64_t tricks_ = 0;
};

}  // namespace convert::test
