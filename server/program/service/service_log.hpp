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
#include <convert/server/options.hpp>
#include <convert/storage.hpp>

#include "options/settings.hpp"

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
  explicit LogWriter(int descriptor, std::chrono::milliseconds timeout = std::chrono::milliseconds(200),
                     LogFormat format = LogFormat::text)
      : descriptor_(descriptor), timeout_(timeout), format_(format) {}

  /// `line` includes its line break.
  void write(std::string_view line);

 private:
  bool is_writable();
  void put(std::string_view line) const;

  const int descriptor_;
  const std::chrono::milliseconds timeout_;
  const LogFormat format_;  // of the notice about dropped lines
  std::mutex mutex_;
  bool stalled_ = false;       // the previous write found no space
  std::uint64_t dropped_ = 0;  // lines since the last one that was written
};

/// Formats "2026-11-21T10:05:43.123Z warning job 7: message".
std::string format_log_line(const convert::LogLine& line, convert::Time now);

/// Format one JSON object and a line break: "time", "level", "job" (unless 0) and "message". Long texts are
/// truncated, so that the line has at most LogWriter::kMaxLineBytes. Invalid UTF-8 becomes U+FFFD.
std::string format_json_log_line(const convert::LogLine& line, convert::Time now);
/// Likewise for a request: "time", "level", "message" ("request"), "request_id", "method", "path", "status",
/// "bytes", "duration_ms", "client" and, if there is one, "error".
std::string format_json_access_line(const convert::server::AccessLogEntry& entry, convert::Time now);

/// Writes entries of at least `level` to the standard error output, each with one write. Copies share the
/// writer. Thread-safe.
class Log {
 public:
  Log(convert::LogLine::Level level, LogFormat format)
      : level_(level),
        format_(format),
        stream_(std::make_shared<LogWriter>(STDERR_FILENO, std::chrono::milliseconds(200), format)) {}
  void operator()(const convert::LogLine& line) const;
  /// Writes a request as JSON, whatever the format.
  void write_access(const convert::server::AccessLogEntry& entry) const;
  LogFormat format() const { return format_; }
  void warning(std::string message) const;

 private:
  convert::LogLine::Level level_;
  LogFormat format_;
  std::shared_ptr<LogWriter> stream_;
};

}  // namespace convertd
