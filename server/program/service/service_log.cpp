// SPDX-License-Identifier: MIT
#include "service/service_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

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

void LogWriter::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (dropped_ > 0 && is_writable()) {
    put(fmt::format("Dropped {} log lines here, because the log was not read.\n",
                    std::exchange(dropped_, 0)));
  }
  if (dropped_ == 0 && is_writable()) {
    put(line);
  } else {
    ++dropped_;
  }
}

/// Waits for space in the pipe, unless the previous write found none.
bool LogWriter::is_writable() {
  pollfd entry{descriptor_, POLLOUT, 0};
  stalled_ = ::poll(&entry, 1, stalled_ ? 0 : static_cast<int>(timeout_.count())) == 0;
  return !stalled_;
}

void LogWriter::put(std::string_view line) const {
  // An error of the log cannot be reported anywhere.
  if (line.size() <= kMaxLineBytes) {
    (void)!::write(descriptor_, line.data(), line.size());
    return;
  }
  const auto cut = fmt::format("{}...\n", line.substr(0, kMaxLineBytes - 4));
  (void)!::write(descriptor_, cut.data(), cut.size());
}

std::string format_log_line(const convert::LogLine& line, convert::Time now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  std::string text =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} ", fmt::gmtime(seconds.time_since_epoch().count()),
                  (now - seconds).count(), name_of(line.level));
  if (line.job != 0) text += fmt::format("job {}: ", line.job);
  text += line.message;
  // A message must not add lines to the log.
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.append("\n");
}

void Log::operator()(const convert::LogLine& line) const {
  if (line.level >= level_) stream_->write(format_log_line(line, current_time()));
}

void Log::warning(std::string message) const { (*this)({Level::warning, 0, std::move(message)}); }

}  // namespace convertd
