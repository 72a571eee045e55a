// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <convert/job.hpp>
#include <convert/result.hpp>

/// Checks, errors and sums that all job stores share.
namespace convert::job_store {

/// Errors: `invalid_argument` unless the lease is 1 ms to 1 day long.
Result<void> check_lease(std::chrono::milliseconds lease);
/// Checks `max`, and that a filter by file has an owner. Errors: `invalid_argument`.
Result<void> check_filter(const JobFilter& filter);
/// Rejects `Claimed`, which cannot be applied. Errors: `invalid_argument`.
Result<void> check_event(const Event& event);
/// The progress of a heartbeat, clamped to 0 to 1. NaN becomes 0.
double clamped_progress(const ClaimHeartbeat& beat);
/// Whether the claim is valid: it is the job's last one, and the job runs.
inline bool holds(const Job& job, const Claim& claim) {
  return job.state == JobState::running && job.id == claim.id && job.token == claim.token;
}
/// About when a ready job became ready: when its `not_before` passed, or when it was last claimed.
Time ready_since(const Job& job);

/// Errors: `conflict` unless the job ended before `time`. Always succeeds without a time.
Result<void> check_ended_before(const Job& job, const std::optional<Time>& time);

Error no_such_job(JobId id);
Error unique_key_taken(const JobRequest& request, JobId by);
Error input_taken(const Key& key);

/// The total size of inputs or outputs.
template <class File>
std::uint64_t total_bytes(const std::vector<File>& files) {
  std::uint64_t bytes = 0;
  for (const File& file : files) bytes += file.size;
  return bytes;
}

template <class File>
bool has_name(const std::vector<File>& files, std::string_view name) {
  return std::any_of(files.begin(), files.end(), [&](const File& file) { return file.name == name; });
}

/// Adds a job to the usage of its owner.
inline void add(Usage& usage, const Job& job) {
  ++usage.jobs;
  if (!ended(job.state)) ++usage.unfinished;
  if (!job.inputs_expired) usage.input_bytes += total_bytes(job.request.inputs);
  usage.output_bytes += total_bytes(job.outputs);
}

}  // namespace convert::job_store
