// SPDX-License-Identifier: MIT
#include <convert/life_cycle.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace convert {
namespace {

constexpr std::size_t kMostInputs = 1000;
constexpr std::size_t kLongestName = 255;
constexpr std::size_t kMostLabels = 64 * 1024;

Error refused(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

Result<void> check_length(std::string_view what, std::string_view text) {
  if (text.size() <= kLongestName) return {};
  return refused(fmt::format("The job's {} may have at most {} bytes; this one has {}.", what, kLongestName,
                             text.size()));
}

Result<void> check_inputs(const std::vector<JobInput>& inputs) {
  if (inputs.empty() || inputs.size() > kMostInputs) {
    return refused(fmt::format("A job has 1 to {} inputs; this one has {}.", kMostInputs, inputs.size()));
  }
  std::vector<std::string_view> keys;
  keys.reserve(inputs.size());
  for (const auto& input : inputs) {
    if (auto valid = check_key(input.key); !valid) return valid;
    keys.emplace_back(input.key);
  }
  std::sort(keys.begin(), keys.end());
  const auto twin = std::adjacent_find(keys.begin(), keys.end());
  if (twin == keys.end()) return {};
  return refused(fmt::format("The job names the blob {} as an input twice: upload it for each.", *twin));
}

Result<void> check_labels(const std::map<std::string, std::string>& labels) {
  std::size_t size = 0;
  for (const auto& [name, value] : labels) size += name.size() + value.size();
  if (size <= kMostLabels) return {};
  return refused(
      fmt::format("The job's labels may have at most {} bytes in all; these have {}.", kMostLabels, size));
}

Result<void> check_numbers(const JobRequest& request) {
  if (request.max_attempts < 1) {
    return refused(fmt::format("max_attempts is 1 or more, not {}.", request.max_attempts));
  }
  if (request.max_interruptions < 0) {
    return refused(fmt::format("max_interruptions is 0 or more, not {}.", request.max_interruptions));
  }
  return {};
}

}  // namespace

Result<Job> new_job(const JobRequest& request, Time now) {
  return check_length("owner", request.owner)
      .and_then([&] { return check_length("unique key", request.unique_key); })
      .and_then([&] { return check_inputs(request.inputs); })
      .and_then([&] { return check_labels(request.labels); })
      .and_then([&] { return check_numbers(request); })
      .and_then([&]() -> Result<Job> {
        Job job;
        job.request = request;
        job.created = now;
        job.not_before = request.not_before;
        return job;
      });
}

}  // namespace convert
