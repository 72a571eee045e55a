// SPDX-License-Identifier: MIT
#include <convert/life_cycle.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace convert {
namespace {

constexpr std::size_t kMaxInputs = 1000;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kMaxLabelBytes = 64 * 1024;

Error invalid_request(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

Result<void> check_length(std::string_view what, std::string_view text) {
  if (text.size() <= kMaxNameBytes) return {};
  return invalid_request(fmt::format("The job's {} may have at most {} bytes; this one has {}.", what,
                                     kMaxNameBytes, text.size()));
}

Result<void> check_input_keys(const std::vector<JobInput>& inputs) {
  if (inputs.empty() || inputs.size() > kMaxInputs) {
    return invalid_request(
        fmt::format("A job has 1 to {} inputs; this one has {}.", kMaxInputs, inputs.size()));
  }
  std::vector<std::string_view> keys;
  keys.reserve(inputs.size());
  for (const auto& input : inputs) {
    if (auto valid = check_key(input.key); !valid) return valid;
    keys.emplace_back(input.key);
  }
  std::sort(keys.begin(), keys.end());
  const auto duplicate = std::adjacent_find(keys.begin(), keys.end());
  if (duplicate == keys.end()) return {};
  return invalid_request(
      fmt::format("The job names the blob {} as an input twice: upload it for each.", *duplicate));
}

Result<void> check_labels(const std::map<std::string, std::string>& labels) {
  std::size_t size = 0;
  for (const auto& [name, value] : labels) size += name.size() + value.size();
  if (size <= kMaxLabelBytes) return {};
  return invalid_request(
      fmt::format("The job's labels may have at most {} bytes in all; these have {}.", kMaxLabelBytes, size));
}

Result<void> check_numbers(const JobRequest& request) {
  if (request.max_attempts < 1) {
    return invalid_request(fmt::format("max_attempts is 1 or more, not {}.", request.max_attempts));
  }
  if (request.max_interruptions < 0) {
    return invalid_request(fmt::format("max_interruptions is 0 or more, not {}.", request.max_interruptions));
  }
  return {};
}

}  // namespace

Result<Job> new_job(const JobRequest& request, Time now) {
  return check_length("owner", request.owner)
      .and_then([&] { return check_length("unique key", request.unique_key); })
      .and_then([&] { return check_input_keys(request.inputs); })
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
