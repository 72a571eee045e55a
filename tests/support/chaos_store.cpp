// SPDX-License-Identifier: MIT
#include "support/chaos_store.hpp"

#include <utility>

namespace convert::test {

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

}  // namespace convert::test
