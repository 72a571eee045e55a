// SPDX-License-Identifier: MIT
#include "bench_support.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace bench {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

bool is_uri(const std::string& kind) { return kind.find(':') != std::string::npos; }

std::shared_ptr<convert::JobStore> open_store(const std::string& kind, const std::filesystem::path& folder) {
  if (kind == "memory") return convert::memory_job_store();
  if (is_uri(kind)) return must(convert::open_job_store(kind));
  convert::SqliteOptions options;
  if (kind == "process") {
    options.durability = convert::Durability::process;
  } else if (kind != "power") {
    throw std::runtime_error("There is no store \"" + kind + "\": memory, process, power or a URI.");
  }
  return must(convert::sqlite_job_store(folder / "jobs.db", options));
}

std::shared_ptr<convert::Queue> open_queue(const std::string& kind) {
  return is_uri(kind) ? must(convert::open_queue(kind)) : convert::memory_queue();
}

convert::JobInput empty_input() {
  static std::atomic<std::uint64_t> number{0};
  convert::JobInput input;
  input.name = "empty.wav";
  input.key = "empty/" + std::to_string(++number);
  input.sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  return input;
}

SucceededJobs::SucceededJobs(convert::JobStore& store) : store_(store), before_(must(store.statistics())) {}

void SucceededJobs::wait_for(std::uint64_t count) {
  using convert::JobState;
  wait_until(
      [&]() {
        const auto now = must(store_.statistics());
        if (now.in(JobState::failed) > before_.in(JobState::failed))
          throw std::runtime_error("A job has failed.");
        return now.in(JobState::succeeded) >= before_.in(JobState::succeeded) + count;
      },
      std::chrono::milliseconds(2));
}

double quantile(std::vector<double> values, double part) {
  const auto last = static_cast<double>(values.size() - 1);
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(part * last + 0.5);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

double processor_seconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    sum += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  }
  return sum;
}

}  // namespace bench
