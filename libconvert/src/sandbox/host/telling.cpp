// SPDX-License-Identifier: MIT
#include "sandbox/host/telling.hpp"

#include <algorithm>

namespace convert::sandbox {
namespace {

constexpr auto kReportInterval = std::chrono::milliseconds(50);  // a Library's own is twice as long
constexpr std::size_t kMaxWarnings = 1001;

}  // namespace

bool Notifier::progress(const Progress& update) {
  const Progress before = latest_;
  if (update.fraction) {
    latest_.fraction = std::max(latest_.fraction.value_or(0), std::clamp(*update.fraction, 0.0, 1.0));
  }
  latest_.position = std::max(latest_.position, update.position);
  latest_.bytes_read = std::max(latest_.bytes_read, update.bytes_read);
  latest_.bytes_written = std::max(latest_.bytes_written, update.bytes_written);
  const auto now = std::chrono::steady_clock::now();
  if (call_.progress && now - last_report_ >= kReportInterval) {
    last_report_ = now;
    call_.progress(latest_);
  }
  return latest_.fraction != before.fraction || latest_.position != before.position ||
         latest_.bytes_read != before.bytes_read || latest_.bytes_written != before.bytes_written;
}

void Notifier::warning(const Warning& update) {
  if (++warnings_ <= kMaxWarnings && call_.warning) call_.warning(update);
}

void Notifier::finished() {
  latest_.fraction = 1.0;
  if (call_.progress) call_.progress(latest_);
}

}  // namespace convert::sandbox
