// SPDX-License-Identifier: MIT
#include "support/fault_injection.hpp"

#include <utility>

namespace convert::test {
namespace {

class ChaosReader : public Reader {
 public:
  ChaosReader(std::unique_ptr<Reader> inner, std::shared_ptr<ChaosStorage::Shared> shared)
      : inner_(std::move(inner)), shared_(std::move(shared)) {}

  std::optional<std::uint64_t> size() const override { return inner_->size(); }
  bool seekable() const override { return inner_->seekable(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    if (shared_->short_reads && into.size() > 1) {
      into = into.first(static_cast<std::size_t>(1 + shared_->faults.up_to(into.size() - 1)));
    }
    if (auto waited = shared_->wait_if_hanging(StorageCall::read, cancel_.get_token()); !waited)
      return waited.error();
    return with_faults(shared_->faults, StorageCall::read, [&]() { return inner_->read_at(offset, into); });
  }
  std::optional<int> native_handle() const override {
    return shared_->pass_handles ? inner_->native_handle() : std::nullopt;
  }
  void cancel() noexcept override {
    cancel_.request_stop();
    inner_->cancel();
  }

 private:
  std::unique_ptr<Reader> inner_;
  std::shared_ptr<ChaosStorage::Shared> shared_;
  std::stop_source cancel_;
};

class ChaosWriter : public Writer {
 public:
  ChaosWriter(std::unique_ptr<Writer> inner, std::shared_ptr<ChaosStorage::Shared> shared)
      : inner_(std::move(inner)), shared_(std::move(shared)) {}

  bool seekable() const override { return !forward_only_ && inner_->seekable(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    if (auto waited = shared_->wait_if_hanging(StorageCall::write, cancel_.get_token()); !waited)
      return waited;
    if (forward_only_ && offset != end_) return Error{Errc::internal, "A forward-only output cannot seek."};
    end_ = offset + from.size();
    const auto fault = shared_->faults.next_fault(StorageCall::write);
    if (!fault) return inner_->write_at(offset, from);
    if (fault->after) {
      if (auto half = inner_->write_at(offset, from.first(from.size() / 2)); !half) return half;
    }
    return fault->error;
  }
  Result<void> commit() override {
    if (auto waited = shared_->wait_if_hanging(StorageCall::commit, cancel_.get_token()); !waited)
      return waited;
    return with_faults(shared_->faults, StorageCall::commit, [&]() { return inner_->commit(); });
  }
  Result<std::string> suspend() override {
    return with_faults(shared_->faults, StorageCall::suspend, [&]() { return inner_->suspend(); });
  }
  std::optional<int> native_handle() const override {
    return shared_->pass_handles && !forward_only_ ? inner_->native_handle() : std::nullopt;
  }
  void cancel() noexcept override {
    cancel_.request_stop();
    inner_->cancel();
  }

 private:
  std::unique_ptr<Writer> inner_;
  std::shared_ptr<ChaosStorage::Shared> shared_;
  const bool forward_only_ = shared_->forward_only;
  std::uint64_t end_ = 0;
  std::stop_source cancel_;
};

}  // namespace

ChaosStorage::ChaosStorage(std::shared_ptr<Storage> inner, std::uint64_t seed)
    : inner_(std::move(inner)), shared_(std::make_shared<Shared>(seed)) {}

FaultInjector<StorageCall>& ChaosStorage::faults() { return shared_->faults; }
void ChaosStorage::pass_handles(bool pass) { shared_->pass_handles = pass; }
void ChaosStorage::short_reads(bool on) { shared_->short_reads = on; }

void ChaosStorage::forward_only(bool on) { shared_->forward_only = on; }
void ChaosStorage::early_times(bool on) { shared_->early_times = on; }

void ChaosStorage::hang(std::optional<StorageCall> call) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->hung = call;
  }
  shared_->hang_changed.notify_all();
}

int ChaosStorage::hanging() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->hanging;
}

Result<void> ChaosStorage::Shared::wait_if_hanging(StorageCall call, const std::stop_token& cancelled) {
  std::unique_lock lock(mutex);
  if (hung != call) return {};
  ++hanging;
  const bool goes_on = hang_changed.wait(lock, cancelled, [&]() { return hung != call; });
  --hanging;
  if (goes_on) return {};
  return Error{Errc::cancelled, "The transfer was cancelled."};
}

Result<std::unique_ptr<Reader>> ChaosStorage::open(const Key& key, std::stop_token stop) {
  if (auto waited = shared_->wait_if_hanging(StorageCall::open, stop); !waited) return waited.error();
  auto opened = with_faults(shared_->faults, StorageCall::open, [&]() { return inner_->open(key, stop); });
  if (!opened) return opened;
  return std::make_unique<ChaosReader>(std::move(*opened), shared_);
}
Result<std::unique_ptr<Writer>> ChaosStorage::create(const Key& key, std::stop_token stop) {
  if (auto waited = shared_->wait_if_hanging(StorageCall::create, stop); !waited) return waited.error();
  auto created =
      with_faults(shared_->faults, StorageCall::create, [&]() { return inner_->create(key, stop); });
  if (!created) return created;
  return std::make_unique<ChaosWriter>(std::move(*created), shared_);
}
Result<ResumedWriter> ChaosStorage::resume(const Key& key, std::string_view token, std::stop_token stop) {
  return with_faults(shared_->faults, StorageCall::resume,
                     [&]() { return inner_->resume(key, token, stop); });
}
Result<void> ChaosStorage::discard(const Key& key, std::string_view token) {
  return inner_->discard(key, token);
}
Result<std::size_t> ChaosStorage::remove_unfinished(std::chrono::milliseconds age) {
  return inner_->remove_unfinished(age);
}
Result<Time> ChaosStorage::now() { return inner_->now(); }
Result<Blob> ChaosStorage::stat(const Key& key) {
  return with_faults(shared_->faults, StorageCall::stat, [&]() { return inner_->stat(key); });
}
Result<void> ChaosStorage::remove(const Key& key) {
  return with_faults(shared_->faults, StorageCall::remove, [&]() { return inner_->remove(key); });
}
Result<std::vector<Blob>> ChaosStorage::list(std::string_view prefix, const Key& after, std::size_t max) {
  auto blobs =
      with_faults(shared_->faults, StorageCall::list, [&]() { return inner_->list(prefix, after, max); });
  if (blobs && shared_->early_times) {
    for (Blob& blob : *blobs) {
      blob.time -= std::chrono::hours(24 * 365);
      blob.time_may_be_early = true;
    }
  }
  return blobs;
}
Result<std::string> ChaosStorage::signed_url(const Key& key, const DownloadUrl& request) {
  return inner_->signed_url(key, request);
}
Result<void> ChaosStorage::copy(const Key& from, const Key& to, std::stop_token stop) {
  return with_faults(shared_->faults, StorageCall::copy, [&]() { return inner_->copy(from, to, stop); });
}

using std::chrono::milliseconds;

ChaosStore::ChaosStore(std::shared_ptr<JobStore> inner, std::uint64_t seed)
    : inner_(std::move(inner)), faults_(seed) {}

Result<Job> ChaosStore::insert(const JobRequest& request) {
  return with_faults(faults_, StoreCall::insert, [&]() { return inner_->insert(request); });
}
Result<std::vector<Job>> ChaosStore::claim(const ClaimRequest& request) {
  return with_faults(faults_, StoreCall::claim, [&]() { return inner_->claim(request); });
}
Result<std::vector<Claim>> ChaosStore::heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                                 std::chrono::milliseconds lease) {
  return with_faults(faults_, StoreCall::heartbeat, [&]() { return inner_->heartbeat(heartbeats, lease); });
}
Result<std::vector<Claim>> ChaosStore::lost_claims(std::span<const Claim> claims) {
  return with_faults(faults_, StoreCall::lost_claims, [&]() { return inner_->lost_claims(claims); });
}
Result<Transition> ChaosStore::apply(JobId id, const Event& event) {
  return with_faults(faults_, StoreCall::apply, [&]() { return inner_->apply(id, event); });
}
Result<std::vector<Job>> ChaosStore::expire_leases(std::size_t max) {
  return with_faults(faults_, StoreCall::expire_leases, [&]() { return inner_->expire_leases(max); });
}
Result<Job> ChaosStore::remove(JobId id, std::optional<Time> finished_before) {
  return with_faults(faults_, StoreCall::remove, [&]() { return inner_->remove(id, finished_before); });
}
Result<Job> ChaosStore::find(JobId id) {
  return with_faults(faults_, StoreCall::find, [&]() { return inner_->find(id); });
}
Result<std::vector<Job>> ChaosStore::find_many(std::span<const JobId> ids) {
  return with_faults(faults_, StoreCall::find_many, [&]() { return inner_->find_many(ids); });
}
Result<std::vector<Job>> ChaosStore::list(const JobFilter& filter) {
  return with_faults(faults_, StoreCall::list, [&]() { return inner_->list(filter); });
}
Result<std::vector<Change>> ChaosStore::changes(Revision after, std::size_t max) {
  return with_faults(faults_, StoreCall::changes, [&]() { return inner_->changes(after, max); });
}
Result<std::vector<Change>> ChaosStore::job_changes(JobId id, Revision after, std::size_t max) {
  return with_faults(faults_, StoreCall::job_changes, [&]() { return inner_->job_changes(id, after, max); });
}
Result<Revision> ChaosStore::last_revision() {
  return with_faults(faults_, StoreCall::last_revision, [&]() { return inner_->last_revision(); });
}
std::shared_ptr<void> ChaosStore::notify_changes(std::function<void()> callback) {
  return inner_->notify_changes(std::move(callback));
}
Result<void> ChaosStore::trim_changes(Time before) {
  return with_faults(faults_, StoreCall::trim_changes, [&]() { return inner_->trim_changes(before); });
}
Result<std::vector<Key>> ChaosStore::unreferenced(std::span<const Key> keys) {
  return with_faults(faults_, StoreCall::unreferenced, [&]() { return inner_->unreferenced(keys); });
}
Result<Statistics> ChaosStore::statistics() {
  return with_faults(faults_, StoreCall::statistics, [&]() { return inner_->statistics(); });
}
Result<Usage> ChaosStore::usage(std::string_view owner) {
  return with_faults(faults_, StoreCall::usage, [&]() { return inner_->usage(owner); });
}
Result<Time> ChaosStore::now() { return inner_->now(); }
Result<bool> ChaosStore::elect(std::string_view role, std::string_view host, milliseconds lease) {
  return with_faults(faults_, StoreCall::elect, [&]() { return inner_->elect(role, host, lease); });
}

ChaosQueue::ChaosQueue(std::shared_ptr<Queue> inner, std::uint64_t seed, QueueDisturbances chaos)
    : inner_(std::move(inner)), faults_(seed), chaos_(chaos) {}

std::uint64_t ChaosQueue::disturbances() const {
  const std::lock_guard lock(mutex_);
  return tricks_;
}

Result<void> ChaosQueue::announce(JobId id, milliseconds delay) {
  return with_faults(faults_, QueueCall::announce, [&]() -> Result<void> {
    if (disturb(chaos_.lose)) return {};
    if (disturb(chaos_.delay)) {
      const auto longest = static_cast<std::uint64_t>(chaos_.longest_delay.count());
      delay += milliseconds(faults_.up_to(longest));
    }
    return inner_->announce(id, delay);
  });
}

Result<std::optional<JobId>> ChaosQueue::next(milliseconds wait) {
  return with_faults(faults_, QueueCall::next, [&]() -> Result<std::optional<JobId>> {
    if (auto id = take_waiting()) return id;
    auto first = inner_->next(wait);
    if (!first || !*first) return first;
    if (disturb(chaos_.twice)) keep_waiting(**first);
    if (!disturb(chaos_.reorder)) return first;
    auto second = inner_->next(milliseconds(0));
    if (!second || !*second) return first;
    keep_waiting(**first);
    return second;
  });
}

void ChaosQueue::wake() { inner_->wake(); }

bool ChaosQueue::disturb(double share) {
  if (!faults_.happens(share)) return false;
  const std::lock_guard lock(mutex_);
  ++tricks_;
  return true;
}

std::optional<JobId> ChaosQueue::take_waiting() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return {};
  const JobId id = waiting_.front();
  waiting_.pop_front();
  return id;
}

void ChaosQueue::keep_waiting(JobId id) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(id);
}

}  // namespace convert::test
