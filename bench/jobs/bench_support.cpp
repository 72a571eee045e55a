// SPDX-License-Identifier: MIT
#include "bench_support.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace bench {

std::shared_ptr<convert::JobStore> open_store(const std::string& kind, const std::filesystem::path& folder) {
  if (kind == "memory") return convert::memory_job_store();
  convert::SqliteOptions options;
  if (kind == "process") {
    options.durability = convert::Durability::process;
  } else if (kind != "power") {
    throw std::runtime_error("There is no store \"" + kind + "\": memory, process or power.");
  }
  return must(convert::sqlite_job_store(folder / "jobs.db", options));
}

convert::JobInput empty_input() {
  static std::atomic<std::uint64_t> number{0};
  convert::JobInput input;
  input.name = "empty.wav";
  input.key = "empty/" + std::to_string(++number);
  input.sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  return input;
}

void wait_for_succeeded(convert::JobStore& store, std::uint64_t count) {
  wait_until(
      [&]() {
        const auto statistics = must(store.statistics());
        if (statistics.in(convert::JobState::failed) > 0) throw std::runtime_error("A job has failed.");
        return statistics.in(convert::JobState::succeeded) >= count;
      },
      std::chrono::milliseconds(2));
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace bench
