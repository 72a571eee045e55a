// SPDX-License-Identifier: MIT
#include "library/call_notifier.hpp"

#include <algorithm>
#include <utility>

namespace convert::library {
namespace {

constexpr auto kProgressInterval = std::chrono::milliseconds(100);
constexpr std::size_t kMaxWarnings = 1000;

}  // namespace

void CallNotifier::merge(const Progress& progress) {
  const double known = latest_.fraction.value_or(0);
  // The comparison is false for what is no number.
  if (progress.fraction && *progress.fraction >= known) latest_.fraction = std::min(*progress.fraction, 1.0);
  latest_.position = std::max(latest_.position, progress.position);
}

void CallNotifier::report_progress() {
  latest_.bytes_read = counters_.read.load(std::memory_order_relaxed);
  latest_.bytes_written = counters_.written.load(std::memory_order_relaxed);
  user_.progress(latest_);
}

void CallNotifier::progress(const Progress& progress) {
  if (!user_.progress) return;
  const std::lock_guard lock(mutex_);
  merge(progress);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_report_ < kProgressInterval) return;
  last_report_ = now;
  report_progress();
}

void CallNotifier::finished() {
  if (!user_.progress) return;
  const std::lock_guard lock(mutex_);
  latest_.fraction = 1.0;
  report_progress();
}

void CallNotifier::warn(const Warning& warning) {
  const std::lock_guard lock(mutex_);
  const bool known = std::any_of(warnings_.begin(), warnings_.end(), [&](const Warning& other) {
    return other.code == warning.code && other.message == warning.message;
  });
  if (known || warnings_.size() > kMaxWarnings) return;
  const bool too_many = warnings_.size() == kMaxWarnings;
  warnings_.push_back(
      too_many ? Warning{WarningCode::incomplete, "There are more warnings than are listed here."} : warning);
  if (user_.warning) user_.warning(warnings_.back());
}

std::vector<Warning> CallNotifier::take_warnings() {
  const std::lock_guard lock(mutex_);
  return std::move(warnings_);
}

}  // namespace convert::library
