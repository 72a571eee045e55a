// SPDX-License-Identifier: MIT
#include "job_store/job_store_rules.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

namespace convert::job_store {

Result<void> check_lease(std::chrono::milliseconds lease) {
  using namespace std::chrono_literals;
  if (lease >= 1ms && lease <= 24h) return {};
  return Error{Errc::invalid_argument,
               fmt::format("The lease must be 1 ms to 1 day long, not {} ms.", lease.count())};
}

Result<void> check_filter(const JobFilter& filter) {
  constexpr std::size_t kMaxListed = 10'000;
  if (!filter.file.empty() && !filter.owner) {
    return Error{Errc::invalid_argument, "A filter by file needs an owner: set JobFilter::owner."};
  }
  if (filter.max >= 1 && filter.max <= kMaxListed) return {};
  return Error{Errc::invalid_argument,
               fmt::format("JobFilter::max must be 1 to {}, not {}: read the rest with the cursor.",
                           kMaxListed, filter.max)};
}

Result<void> check_event(const Event& event) {
  if (!std::holds_alternative<event::Claimed>(event)) return {};
  return Error{Errc::invalid_argument, "Use `claim` to claim a job: it also creates the lease."};
}

double clamped_progress(const ClaimHeartbeat& beat) {
  return beat.progress > 0 ? std::min(beat.progress, 1.0) : 0;  // NaN gives 0
}

Result<void> check_ended_before(const Job& job, const std::optional<Time>& time) {
  if (!time || (ended(job.state) && job.finished && *job.finished < *time)) return {};
  return Error{Errc::conflict,
               fmt::format("Job {} is {} and cannot be removed yet.", job.id, to_string(job.state))};
}

Time ready_since(const Job& job) {
  return std::max({job.not_before, job.created, job.started.value_or(job.created)});
}

Error no_such_job(JobId id) { return {Errc::not_found, fmt::format("Job {} does not exist.", id)}; }

Error unique_key_taken(const JobRequest& request, JobId by) {
  return {
      Errc::conflict,
      fmt::format("Job {} of this owner already has the unique key \"{}\": use that job, or remove it first.",
                  by, request.unique_key)};
}

Error input_taken(const Key& key) {
  return {Errc::conflict,
          fmt::format("The blob {} belongs to another job: upload the input for each job.", key)};
}

}  // namespace convert::job_store
