// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <utility>

#include <convert/engine.hpp>

namespace convert::engine {

/// Reports what happens in the background: ids and reasons, never contents. Thread-safe.
class EngineLog {
 public:
  explicit EngineLog(std::function<void(const LogLine&)> sink) : sink_(std::move(sink)) {}

  void info(JobId job, std::string message) const { write(LogLine::Level::info, job, std::move(message)); }
  void warning(JobId job, std::string message) const {
    write(LogLine::Level::warning, job, std::move(message));
  }
  void error(JobId job, std::string message) const { write(LogLine::Level::error, job, std::move(message)); }

 private:
  void write(LogLine::Level level, JobId job, std::string message) const {
    if (sink_) sink_({level, job, std::move(message)});
  }

  std::function<void(const LogLine&)> sink_;
};

}  // namespace convert::engine
