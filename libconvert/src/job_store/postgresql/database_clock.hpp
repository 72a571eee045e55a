// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include <convert/time.hpp>

namespace convert::job_store::pg {

/// The server's clock, as its difference from this host's steady clock. So a wrong clock of the host does not
/// matter. Thread-safe.
class DatabaseClock {
 public:
  using Steady = std::chrono::steady_clock;

  /// The server's time was `time` between `sent` and now.
  void measure(Time time, Steady::time_point sent) {
    const auto received = Steady::now();
    const std::scoped_lock lock(mutex_);
    difference_ = time.time_since_epoch() - middle(sent, received);
    measured_ = received;
  }
  /// Nothing before the first measurement, and some time after the last one.
  std::optional<Time> now() const {
    const auto steady = Steady::now();
    const std::scoped_lock lock(mutex_);
    if (!difference_ || steady - measured_ > kMaxAge) return std::nullopt;
    return Time(std::chrono::floor<std::chrono::milliseconds>(steady.time_since_epoch() + *difference_));
  }

 private:
  static constexpr std::chrono::seconds kMaxAge{30};

  static Steady::duration middle(Steady::time_point sent, Steady::time_point received) {
    return sent.time_since_epoch() + (received - sent) / 2;
  }

  mutable std::mutex mutex_;
  std::optional<Steady::duration> difference_{};
  Steady::time_point measured_{};
};

}  // namespace convert::job_store::pg
