// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <convert/job.hpp>

/// What inputs and outputs of a job have in common.
namespace convert::job_store {

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
