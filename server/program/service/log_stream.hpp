// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace convertd {

/// Lines to a descriptor. A pipe whose reader stands still doesn't hold the service up: after `patience`
/// lines are left out, and counted where they are missing. Thread-safe.
class LogWriter {
 public:
  /// Of a line no more is written, so that a pipe with any room takes all of it.
  static constexpr std::size_t kMaxLineBytes = 4'096;  // PIPE_BUF of Linux

  /// The descriptor stays the caller's.
  explicit LogWriter(int descriptor, std::chrono::milliseconds timeout = std::chrono::milliseconds(200))
      : descriptor_(descriptor), timeout_(timeout) {}

  /// A line with its end.
  void write(std::string_view line);

 private:
  bool is_writable();
  void put(std::string_view line) const;

  const int descriptor_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  bool stalled_ = false;       // its reader, the last time
  std::uint64_t dropped_ = 0;  // lines, since the last one that was written
};

}  // namespace convertd
