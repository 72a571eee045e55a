// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

#include <convert/engine.hpp>

#include "log_stream.hpp"

namespace convertd {

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
