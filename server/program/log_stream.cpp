// SPDX-License-Identifier: MIT
#include "log_stream.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <utility>

namespace convertd {

void LogStream::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (missing_ > 0 && has_room()) {
    put(fmt::format("Lines that are missing here, because nobody read the log: {}.\n",
                    std::exchange(missing_, 0)));
  }
  if (missing_ == 0 && has_room()) {
    put(line);
  } else {
    ++missing_;
  }
}

/// Waits for it, but only where there was some the last time.
bool LogStream::has_room() {
  pollfd entry{descriptor_, POLLOUT, 0};
  stands_ = ::poll(&entry, 1, stands_ ? 0 : static_cast<int>(patience_.count())) == 0;
  return !stands_;
}

void LogStream::put(std::string_view line) const {
  // Where the log cannot be written there is nobody to be told.
  if (line.size() <= kLongestLine) {
    (void)!::write(descriptor_, line.data(), line.size());
    return;
  }
  const auto cut = fmt::format("{}...\n", line.substr(0, kLongestLine - 4));
  (void)!::write(descriptor_, cut.data(), cut.size());
}

}  // namespace convertd
