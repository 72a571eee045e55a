// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

#include <convert/options.hpp>

namespace convert::sandbox {

/// Passes on what a worker tells while it runs, with the contract of ConvertOptions whatever it tells:
/// fractions are between 0 and 1 and nothing falls, about ten times a second; not more warnings than a
/// Library has.
class Notifier {
 public:
  explicit Notifier(const ConvertOptions& call) : call_(call) {}

  /// Whether it says that anything has been done since the last one.
  bool progress(const Progress& update);
  void warning(const Warning& update);
  /// All is done.
  void finished();

 private:
  const ConvertOptions& call_;
  Progress latest_;
  std::chrono::steady_clock::time_point last_report_{};
  std::size_t warnings_ = 0;
};

}  // namespace convert::sandbox
