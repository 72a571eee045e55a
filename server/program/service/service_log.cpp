// SPDX-License-Identifier: MIT
#include "log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "service_log.hpp"

namespace convertd {
namespace {

using Level = convert::LogLine::Level;

std::string_view name_of(Level level) {
  switch (level) {
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      break;
  }
  return "error";
}

}  // namespace

std::string format_log_line(const convert::LogLine& line, convert::Time now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  std::string text =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} ", fmt::gmtime(seconds.time_since_epoch().count()),
                  (now - seconds).count(), name_of(line.level));
  if (line.job != 0) text += fmt::format("job {}: ", line.job);
  text += line.message;
  // One line is one line, whatever a message holds.
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.append("\n");
}

void Log::operator()(const convert::LogLine& line) const {
  if (line.level >= level_) stream_->write(format_log_line(line, now()));
}

void Log::warning(std::string message) const { (*this)({Level::warning, 0, std::move(message)}); }

}  // namespace convertd
