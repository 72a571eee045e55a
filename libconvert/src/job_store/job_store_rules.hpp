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

/// How many bytes they are together.
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

/// Adds what a job of an owner uses to what his others do.
inline void add(Usage& usage, const Job& job) {
  ++usage.jobs;
  if (!ended(job.state)) ++usage.unfinished;
  if (!job.inputs_expired) usage.input_bytes += total_bytes(job.request.inputs);
  usage.output_bytes += total_bytes(job.outputs);
}

}  // namespace convert::job_store
