// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <convert/job_store.hpp>
#include <convert/queue.hpp>
#include <convert/result.hpp>

namespace bench {

/// The arguments after the mode.
using Words = std::vector<std::string>;

using Seconds = std::chrono::duration<double>;

/// The value of a result. An error ends the benchmark.
template <class T>
T must(convert::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// The duration of `action` in seconds.
template <class Action>
double measure_seconds(Action&& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

/// Calls `action` `count` times on `threads` threads.
template <class Action>
void run_concurrently(unsigned threads, int count, Action&& action) {
  std::atomic<int> remaining{count};
  std::exception_ptr failure;
  std::atomic<bool> failed{false};
  {
    std::vector<std::jthread> workers;
    for (unsigned i = 0; i < threads; ++i) {
      workers.emplace_back([&]() {
        try {
          while (remaining.fetch_sub(1) > 0) action();
        } catch (...) {
          if (!failed.exchange(true)) failure = std::current_exception();
        }
      });
    }
  }
  if (failure) std::rethrow_exception(failure);
}

/// Polls until `done` returns true. Throws after five minutes.
inline void wait_until(const std::function<bool()>& done,
                       std::chrono::microseconds between = std::chrono::microseconds(200)) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(5);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("It did not end within five minutes.");
    std::this_thread::sleep_for(between);
  }
}

/// Whether a store is named by its URI.
bool is_uri(const std::string& kind);

/// `kind`: "memory", the durability ("power" or "process") of an SQLite store in `folder`, or a URI.
std::shared_ptr<convert::JobStore> open_store(const std::string& kind, const std::filesystem::path& folder);

/// The queue beside such a store: that of the same URI, otherwise one in memory.
std::shared_ptr<convert::Queue> open_queue(const std::string& kind);

/// An empty input with a unique key.
convert::JobInput empty_input();

/// Waits for jobs of a store that may hold older ones.
class SucceededJobs {
 public:
  explicit SucceededJobs(convert::JobStore& store);
  /// Polls the store every 2 ms until `count` jobs have succeeded since the construction. Throws if one has
  /// failed.
  void wait_for(std::uint64_t count);

 private:
  convert::JobStore& store_;
  const convert::Statistics before_;
};

/// The value below which `part` (0 to 1) of the values lie.
double quantile(std::vector<double> values, double part);
double median(std::vector<double> values);

/// Processor time of this process and of those that it has waited for, in seconds.
double processor_seconds();

// The modes. main.cpp documents the arguments.
void engine_jobs(const Words& words);
void start_latency(const Words& words);
void transfer(const Words& words);
void store_jobs(const Words& words);
void claims(const Words& words);
void conversions(const Words& words);
void sandbox(const Words& words);

}  // namespace bench
