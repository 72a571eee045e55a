// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include <convert/job.hpp>
#include <convert/result.hpp>

/// What every JobStore says in the same words.
namespace convert::job_store {

/// A lease is 1 ms to 1 day. Errors: `invalid_argument`.
Result<void> check_lease(std::chrono::milliseconds lease);
/// Errors: `invalid_argument`.
Result<void> check_filter(const JobFilter& filter);
/// `Claimed` is none that can be applied. Errors: `invalid_argument`.
Result<void> check_event(const Event& event);
/// Between 0 and 1, whatever a worker says.
double clamped_progress(const ClaimHeartbeat& beat);
/// Since when a job that is ready has been so, nearly: since its time came, or its last claim.
Time ready_since(const Job& job);

/// Errors: `conflict`, unless the job has ended before that time (none: whenever).
Result<void> check_ended_before(const Job& job, const std::optional<Time>& time);

Error no_such_job(JobId id);
Error unique_key_taken(const JobRequest& request, JobId by);
Error input_taken(const Key& key);

}  // namespace convert::job_store
