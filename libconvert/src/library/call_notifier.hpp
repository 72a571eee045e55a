// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

#include <convert/options.hpp>

namespace convert::library {

/// How many bytes a call has read and written so far; counted by the guards.
struct ByteCounters {
  std::atomic<std::uint64_t> read = 0;
  std::atomic<std::uint64_t> written = 0;
};

/// What a call tells its caller while it runs: progress, about ten times a second and never backwards,
/// and warnings, each once. Never two at once, whichever threads they come from.
class CallNotifier {
 public:
  CallNotifier(const ConvertOptions& user, const ByteCounters& counters) : user_(user), counters_(counters) {}

  void progress(const Progress& progress);
  /// The last one of a call that succeeded: everything is done.
  void finished();

  void warn(const Warning& warning);
  /// All that was told, in order.
  std::vector<Warning> take_warnings();

 private:
  void merge(const Progress& progress);
  void report_progress();

  const ConvertOptions& user_;
  const ByteCounters& counters_;
  std::mutex mutex_;
  Progress latest_;
  std::chrono::steady_clock::time_point last_report_{};
  std::vector<Warning> warnings_;
};

}  // namespace convert::library
