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
               fmt::format("A lease is 1 ms to 1 day long, not {} ms.", lease.count())};
}

Result<void> check_filter(const JobFilter& filter) {
  constexpr std::size_t kMaxListed = 10'000;
  if (!filter.file.empty() && !filter.owner) {
    return Error{Errc::invalid_argument,
                 "Files are looked for among the jobs of one owner: say whose, with JobFilter::owner."};
  }
  if (filter.max >= 1 && filter.max <= kMaxListed) return {};
  return Error{Errc::invalid_argument,
               fmt::format("A list has room for 1 to {} jobs, not {}: ask for the rest with the cursor.",
                           kMaxListed, filter.max)};
}

Result<void> check_event(const Event& event) {
  if (!std::holds_alternative<event::Claimed>(event)) return {};
  return Error{Errc::invalid_argument, "A job is claimed with `claim`, which also gives it a lease."};
}

double clamped_progress(const ClaimHeartbeat& beat) {
  return beat.progress > 0 ? std::min(beat.progress, 1.0) : 0;  // also of what is no number
}

Result<void> check_ended_before(const Job& job, const std::optional<Time>& time) {
  if (!time || (ended(job.state) && job.finished && *job.finished < *time)) return {};
  return Error{Errc::conflict, fmt::format("Job {} is {}: its time to be removed has not come yet.", job.id,
                                           to_string(job.state))};
}

Time ready_since(const Job& job) {
  return std::max({job.not_before, job.created, job.started.value_or(job.created)});
}

Error no_such_job(JobId id) { return {Errc::not_found, fmt::format("There is no job {}.", id)}; }

Error unique_key_taken(const JobRequest& request, JobId by) {
  return {Errc::conflict,
          fmt::format("Job {} of this owner has the unique key \"{}\": find it, or remove it first.", by,
                      request.unique_key)};
}

Error input_taken(const Key& key) {
  return {Errc::conflict,
          fmt::format("The blob {} belongs to another job: upload the input once for each job.", key)};
}

}  // namespace convert::job_store
