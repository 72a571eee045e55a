// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>

#include <convert/job.hpp>

namespace convert::job_store::pg {

/// The jobs that this process has claimed, as they were then: completing one needs no read before. Only a
/// memory: a change by others is noticed by the job's revision. Thread-safe.
class ClaimedJobs {
 public:
  void add(const Job& job) {
    const std::scoped_lock lock(mutex_);
    if (jobs_.size() < kMaxJobs) jobs_.insert_or_assign(job.id, job);
  }
  /// Removes and returns the job of a claim.
  std::optional<Job> take(const Claim& claim) {
    const std::scoped_lock lock(mutex_);
    const auto found = jobs_.find(claim.id);
    if (found == jobs_.end() || found->second.token != claim.token) return std::nullopt;
    auto job = std::move(found->second);
    jobs_.erase(found);
    return job;
  }
  void remove(std::span<const Claim> claims) {
    for (const Claim& claim : claims) take(claim);
  }
  void remove(JobId id) {
    const std::scoped_lock lock(mutex_);
    jobs_.erase(id);
  }

 private:
  static constexpr std::size_t kMaxJobs = 10'000;
  std::mutex mutex_;
  std::unordered_map<JobId, Job> jobs_;
};

}  // namespace convert::job_store::pg
