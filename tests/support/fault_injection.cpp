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
    return with_faults(shared_->faults, StorageCall::read, [&]() { return inner_->read_at(offset, into); });
  }
  std::optional<int> native_handle() const override {
    return shared_->pass_handles ? inner_->native_handle() : std::nullopt;
  }

 private:
  std::unique_ptr<Reader> inner_;
  std::shared_ptr<ChaosStorage::Shared> shared_;
};

class ChaosWriter : public Writer {
 public:
  ChaosWriter(std::unique_ptr<Writer> inner, std::shared_ptr<ChaosStorage::Shared> shared)
      : inner_(std::move(inner)), shared_(std::move(shared)) {}

  bool seekable() const override { return inner_->seekable(); }
  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> from) override {
    const auto fault = shared_->faults.next_fault(StorageCall::write);
    if (!fault) return inner_->write_at(offset, from);
    if (fault->after) {
      if (auto half = inner_->write_at(offset, from.first(from.size() / 2)); !half) return half;
    }
    return fault->error;
  }
  Result<void> commit() override {
    return with_faults(shared_->faults, StorageCall::commit, [&]() { return inner_->commit(); });
  }
  std::optional<int> native_handle() const override {
    return shared_->pass_handles ? inner_->native_handle() : std::nullopt;
  }

 private:
  std::unique_ptr<Writer> inner_;
  std::shared_ptr<ChaosStorage::Shared> shared_;
};

}  // namespace

ChaosStorage::ChaosStorage(std::shared_ptr<Storage> inner, std::uint64_t seed)
    : inner_(std::move(inner)), shared_(std::make_shared<Shared>(seed)) {}

FaultInjector<StorageCall>& ChaosStorage::faults() { return shared_->faults; }
void ChaosStorage::pass_handles(bool pass) { shared_->pass_handles = pass; }
void ChaosStorage::short_reads(bool on) { shared_->short_reads = on; }

Result<std::unique_ptr<Reader>> ChaosStorage::open(const Key& key) {
  auto opened = with_faults(shared_->faults, StorageCall::open, [&]() { return inner_->open(key); });
  if (!opened) return opened;
  return std::make_unique<ChaosReader>(std::move(*opened), shared_);
}
Result<std::unique_ptr<Writer>> ChaosStorage::create(const Key& key) {
  auto created = with_faults(shared_->faults, StorageCall::create, [&]() { return inner_->create(key); });
  if (!created) return created;
  return std::make_unique<ChaosWriter>(std::move(*created), shared_);
}
Result<Blob> ChaosStorage::stat(const Key& key) {
  return with_faults(shared_->faults, StorageCall::stat, [&]() { return inner_->stat(key); });
}
Result<void> ChaosStorage::remove(const Key& key) {
  return with_faults(shared_->faults, StorageCall::remove, [&]() { return inner_->remove(key); });
}
Result<std::vector<Blob>> ChaosStorage::list(std::string_view prefix, const Key& after, std::size_t max) {
  return with_faults(shared_->faults, StorageCall::list, [&]() { return inner_->list(prefix, after, max); });
}
Result<std::string> ChaosStorage::signed_url(const Key& key, std::chrono::milliseconds valid) {
  return inner_->signed_url(key, valid);
}
Result<void> ChaosStorage::copy(const Key& from, const Key& to) {
  return with_faults(shared_->faults, StorageCall::copy, [&]() { return inner_->copy(from, to); });
}

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
Result<std::vector<Job>> ChaosStore::list(const JobFilter& filter) {
  return with_faults(faults_, StoreCall::list, [&]() { return inner_->list(filter); });
}
Result<std::vector<Change>> ChaosStore::changes(Revision after, std::size_t max) {
  return with_faults(faults_, StoreCall::changes, [&]() { return inner_->changes(after, max); });
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
Time ChaosStore::now() { return inner_->now(); }

using std::chrono::milliseconds;

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
