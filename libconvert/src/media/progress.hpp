// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <convert/options.hpp>

namespace convert::media {

/// Tells how much of a sound is done, over one or several readings of it.
class ProgressTeller {
 public:
  ProgressTeller(const ConvertOptions& options, std::optional<std::chrono::nanoseconds> whole, int readings)
      : options_(options), whole_(whole), readings_(readings) {}

  void next_reading() { ++reading_; }
  void tell(std::chrono::nanoseconds position) const {
    if (!options_.progress) return;
    Progress progress;
    progress.position = position;
    if (whole_ && whole_->count() > 0) {
      const double part = std::clamp(
          std::chrono::duration<double>(position) / std::chrono::duration<double>(*whole_), 0.0, 1.0);
      progress.fraction = (reading_ + part) / std::max(readings_, reading_ + 1);
    }
    options_.progress(progress);
  }

 private:
  const ConvertOptions& options_;
  std::optional<std::chrono::nanoseconds> whole_;
  int readings_;
  int reading_ = 0;
};

}  // namespace convert::media
