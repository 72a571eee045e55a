// SPDX-License-Identifier: MIT
#include "sandbox/telling.hpp"

#include <algorithm>

namespace convert::sandbox {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(50);  // a Library's own is twice as long
constexpr std::size_t kMostWarnings = 1001;

}  // namespace

bool Telling::progress(const Progress& said) {
  const Progress before = latest_;
  if (said.fraction) {
    latest_.fraction = std::max(latest_.fraction.value_or(0), std::clamp(*said.fraction, 0.0, 1.0));
  }
  latest_.position = std::max(latest_.position, said.position);
  latest_.bytes_read = std::max(latest_.bytes_read, said.bytes_read);
  latest_.bytes_written = std::max(latest_.bytes_written, said.bytes_written);
  const auto now = std::chrono::steady_clock::now();
  if (call_.progress && now - told_ >= kInterval) {
    told_ = now;
    call_.progress(latest_);
  }
  return latest_.fraction != before.fraction || latest_.position != before.position ||
         latest_.bytes_read != before.bytes_read || latest_.bytes_written != before.bytes_written;
}

void Telling::warning(const Warning& said) {
  if (++warnings_ <= kMostWarnings && call_.warning) call_.warning(said);
}

void Telling::finished() {
  latest_.fraction = 1.0;
  if (call_.progress) call_.progress(latest_);
}

}  // namespace convert::sandbox
