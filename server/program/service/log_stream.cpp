// SPDX-License-Identifier: MIT
#include "log_stream.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <utility>

namespace convertd {

void LogWriter::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (dropped_ > 0 && is_writable()) {
    put(fmt::format("Lines that are missing here, because nobody read the log: {}.\n",
                    std::exchange(dropped_, 0)));
  }
  if (dropped_ == 0 && is_writable()) {
    put(line);
  } else {
    ++dropped_;
  }
}

/// Waits for it, but only where there was some the last time.
bool LogWriter::is_writable() {
  pollfd entry{descriptor_, POLLOUT, 0};
  stalled_ = ::poll(&entry, 1, stalled_ ? 0 : static_cast<int>(timeout_.count())) == 0;
  return !stalled_;
}

void LogWriter::put(std::string_view line) const {
  // Where the log cannot be written there is nobody to be told.
  if (line.size() <= kMaxLineBytes) {
    (void)!::write(descriptor_, line.data(), line.size());
    return;
  }
  const auto cut = fmt::format("{}...\n", line.substr(0, kMaxLineBytes - 4));
  (void)!::write(descriptor_, cut.data(), cut.size());
}

}  // namespace convertd
