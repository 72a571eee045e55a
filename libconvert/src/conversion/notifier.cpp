// SPDX-License-Identifier: MIT
#include "conversion/notifier.hpp"

#include <algorithm>
#include <utility>

namespace convert::conversion {
namespace {

constexpr std::size_t kMaxWarnings = 1000;  // and one that says that there are more

}  // namespace

bool Notifier::merge(const Progress& update) {
  const Progress before = latest_;
  // False if it is not a number.
  if (update.fraction && *update.fraction >= latest_.fraction.value_or(0)) {
    latest_.fraction = std::min(*update.fraction, 1.0);
  }
  latest_.position = std::max(latest_.position, update.position);
  latest_.bytes_read = std::max(latest_.bytes_read, update.bytes_read);
  latest_.bytes_written = std::max(latest_.bytes_written, update.bytes_written);
  return latest_.fraction != before.fraction || latest_.position != before.position ||
         latest_.bytes_read != before.bytes_read || latest_.bytes_written != before.bytes_written;
}

void Notifier::report() {
  if (counters_ != nullptr) {
    latest_.bytes_read = counters_->read.load(std::memory_order_relaxed);
    latest_.bytes_written = counters_->written.load(std::memory_order_relaxed);
  }
  caller_.progress(latest_);
}

bool Notifier::progress(const Progress& update) {
  const std::lock_guard lock(mutex_);
  const bool advanced = merge(update);
  const auto now = std::chrono::steady_clock::now();
  if (caller_.progress && now - last_report_ >= interval_) {
    last_report_ = now;
    report();
  }
  return advanced;
}

void Notifier::finished() {
  if (!caller_.progress) return;
  const std::lock_guard lock(mutex_);
  latest_.fraction = 1.0;
  report();
}

void Notifier::warn(const Warning& warning) {
  const std::lock_guard lock(mutex_);
  const bool known = std::any_of(warnings_.begin(), warnings_.end(), [&](const Warning& other) {
    return other.code == warning.code && other.message == warning.message;
  });
  if (known || warnings_.size() > kMaxWarnings) return;
  const bool too_many = warnings_.size() == kMaxWarnings;
  warnings_.push_back(
      too_many ? Warning{WarningCode::incomplete, "There are more warnings than are listed here."} : warning);
  if (caller_.warning) caller_.warning(warnings_.back());
}

std::vector<Warning> Notifier::take_warnings() {
  const std::lock_guard lock(mutex_);
  return std::move(warnings_);
}

}  // namespace convert::conversion
