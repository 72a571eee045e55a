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

/// The wall clock in milliseconds.
inline convert::Time current_time() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// Writes lines to a descriptor. A pipe that is not read never blocks the service: after `timeout`, lines are
/// dropped and counted. Thread-safe.
class LogWriter {
 public:
  /// Longer lines are truncated. A pipe with space accepts this much atomically.
  static constexpr std::size_t kMaxLineBytes = 4'096;  // PIPE_BUF of Linux

  /// The caller owns the descriptor.
  explicit LogWriter(int descriptor, std::chrono::milliseconds timeout = std::chrono::milliseconds(200))
      : descriptor_(descriptor), timeout_(timeout) {}

  /// `line` includes its line break.
  void write(std::string_view line);

 private:
  bool is_writable();
  void put(std::string_view line) const;

  const int descriptor_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  bool stalled_ = false;       // the previous write found no space
  std::uint64_t dropped_ = 0;  // lines since the last one that was written
};

/// Formats "2026-11-21T10:05:43.123Z warning job 7: message".
std::string format_log_line(const convert::LogLine& line, convert::Time now);

/// Writes entries of at least `level` to the standard error output, each with one write. Copies share the
/// writer. Thread-safe.
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
