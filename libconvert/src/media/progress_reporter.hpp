// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <convert/options.hpp>

namespace convert::media {

/// Passes `warning` to the caller's callback, if there is one.
inline void report_warning(const ConvertOptions& options, const Warning& warning) {
  if (options.warning) options.warning(warning);
}

/// Reports the progress of a conversion that reads its input in one or several passes.
class ProgressReporter {
 public:
  ProgressReporter(const ConvertOptions& options, std::optional<std::chrono::nanoseconds> total, int passes)
      : options_(options), total_(total), passes_(passes) {}

  void next_pass() { ++pass_; }
  void report(std::chrono::nanoseconds position) const {
    if (!options_.progress) return;
    Progress progress;
    progress.position = position;
    if (total_ && total_->count() > 0) {
      const double part = std::clamp(
          std::chrono::duration<double>(position) / std::chrono::duration<double>(*total_), 0.0, 1.0);
      progress.fraction = (pass_ + part) / std::max(passes_, pass_ + 1);
    }
    options_.progress(progress);
  }

 private:
  const ConvertOptions& options_;
  std::optional<std::chrono::nanoseconds> total_;
  int passes_;
  int pass_ = 0;
};

}  // namespace convert::media
