// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <convert/job_store.hpp>

#include "support/faults.hpp"

namespace convert::test {

enum class StoreCall {
  insert,
  claim,
  heartbeat,
  apply,
  expire_leases,
  remove,
  find,
  list,
  changes,
  trim_changes,
  unreferenced,
  statistics,
  usage,
  count
};

/// A JobStore that fails on purpose: before a call, or after it took effect (Fault::after), as when the
/// answer is lost on its way.
class ChaosStore : public JobStore {
 public:
  ChaosStore(std::shared_ptr<JobStore> inner, std::uint64_t seed);

  FaultInjector<StoreCall>& faults() { return faults_; }

  Result<Job> insert(const JobRequest& request) override;
  Result<std::vector<Job>> claim(const ClaimRequest& request) override;
  Result<std::vector<Claim>> heartbeat(std::span<const ClaimHeartbeat> heartbeats,
                                       std::chrono::milliseconds lease) override;
  Result<Transition> apply(JobId id, const Event& event) override;
  Result<std::vector<Job>> expire_leases(std::size_t max) override;
  Result<Job> remove(JobId id, std::optional<Time> finished_before) override;
  Result<Job> find(JobId id) override;
  Result<std::vector<Job>> list(const JobFilter& filter) override;
  Result<std::vector<Change>> changes(Revision after, std::size_t max) override;
  Result<void> trim_changes(Time before) override;
  Result<std::vector<Key>> unreferenced(std::span<const Key> keys) override;
  Result<Statistics> statistics() override;
  Result<Usage> usage(std::string_view owner) override;
  Time now() override;

 private:
  std::shared_ptr<JobStore> inner_;
  FaultInjector<StoreCall> faults_;
};

}  // namespace convert::test
