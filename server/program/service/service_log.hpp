// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <convert/engine.hpp>
#include <convert/storage.hpp>

namespace convertd {

inline convert::Time current_time() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

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

/// "2026-11-21T10:05:43.123Z warning job 7: message"
std::string format_log_line(const convert::LogLine& line, convert::Time now);

/// Lines of at least `level` go to the standard error output, each in one write. Copies share it.
/// Thread-safe.
class Log {
 public:
  explicit Log(convert::LogLine::Level level) : level_(level) {}
  void operator()(const convert::LogLine& line) const;
  void warning(std::string message) const;

 private:
  convert::LogLine::Level level_;
  std::shared_ptr<LogWriter> stream_ = std::make_shared<LogWriter>(STDERR_FILENO);
};

}  // namespace convertd
