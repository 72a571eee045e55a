// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <mutex>
#include <vector>

#include <convert/options.hpp>

#include "conversion/guarded_io.hpp"

namespace convert::conversion {

/// Reports progress and warnings of a call to its caller (`ConvertOptions::progress` and `warning`), with
/// their contract whatever it is given: fractions are between 0 and 1, no value decreases, progress comes at
/// most once per interval, each warning once and at most 1,001 of them. Never runs two callbacks at once.
/// Thread-safe.
class Notifier {
 public:
  /// With `counters`, the numbers of bytes are theirs, not those of the updates.
  explicit Notifier(const ConvertOptions& caller, const ByteCounters* counters = nullptr,
                    std::chrono::milliseconds interval = std::chrono::milliseconds(100))
      : caller_(caller), counters_(counters), interval_(interval) {}

  /// Returns whether anything has advanced since the update before.
  bool progress(const Progress& update);
  /// The last report of a call that succeeded: the fraction is 1.
  void finished();

  void warn(const Warning& warning);
  /// All warnings that were reported, in order.
  std::vector<Warning> take_warnings();

 private:
  bool merge(const Progress& update);
  void report();

  const ConvertOptions& caller_;
  const ByteCounters* counters_;
  std::chrono::milliseconds interval_;
  std::mutex mutex_;
  Progress latest_;
  std::chrono::steady_clock::time_point last_report_{};
  std::vector<Warning> warnings_;
};

}  // namespace convert::conversion
