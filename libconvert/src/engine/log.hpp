// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <utility>

#include <convert/engine.hpp>

namespace convert::engine {

/// Where what nobody waits for is told: ids and reasons, never contents. Thread-safe.
class Log {
 public:
  explicit Log(std::function<void(const LogLine&)> write) : write_(std::move(write)) {}

  void info(JobId job, std::string message) const { say(LogLine::Level::info, job, std::move(message)); }
  void warning(JobId job, std::string message) const {
    say(LogLine::Level::warning, job, std::move(message));
  }
  void error(JobId job, std::string message) const { say(LogLine::Level::error, job, std::move(message)); }

 private:
  void say(LogLine::Level level, JobId job, std::string message) const {
    if (write_) write_({level, job, std::move(message)});
  }

  std::function<void(const LogLine&)> write_;
};

}  // namespace convert::engine
