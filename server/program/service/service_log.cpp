// SPDX-License-Identifier: MIT
#include "service/service_log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "options/passwords.hpp"

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

std::string timestamp(convert::Time now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds.time_since_epoch().count()),
                     (now - seconds).count());
}

/// The length of the UTF-8 sequence at the start of `text` (RFC 3629); 0 if it is invalid.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xC2 && lead < 0xE0   ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80) return 0;
  }
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F) ||
      (lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) {
    return 0;
  }
  return length;
}

/// A JSON string of at most `max_bytes` between its quotation marks. A longer text is truncated and ends with
/// "...".
std::string json_string(std::string_view text, std::size_t max_bytes) {
  std::string json = "\"";
  while (!text.empty()) {
    const auto length = utf8_length(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    std::string escaped(character);
    if (length == 0) {
      escaped = "\xEF\xBF\xBD";
    } else if (character == "\"" || character == "\\") {
      escaped = fmt::format("\\{}", character);
    } else if (static_cast<unsigned char>(character[0]) < 0x20) {
      escaped = fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(character[0])));
    }
    text.remove_prefix(character.size());
    const std::size_t reserved = text.empty() ? 0 : 3;
    if (json.size() - 1 + escaped.size() + reserved > max_bytes) return json.append("...\"");
    json += escaped;
  }
  return json.append("\"");
}

// The sum of these and of the other members is below LogWriter::kMaxLineBytes.
constexpr std::size_t kMaxMessageBytes = 3'800;
constexpr std::size_t kMaxPathBytes = 2'000;
constexpr std::size_t kMaxErrorBytes = 1'200;
constexpr std::size_t kMaxFieldBytes = 100;

}  // namespace

void LogWriter::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (dropped_ > 0 && is_writable()) {
    const auto text =
        fmt::format("Dropped {} log lines here, because the log was not read.", std::exchange(dropped_, 0));
    put(format_ == LogFormat::json ? format_json_log_line({Level::warning, 0, text}, current_time())
                                   : text + "\n");
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
  std::string text = fmt::format("{} {} ", timestamp(now), name_of(line.level));
  if (line.job != 0) text += fmt::format("job {}: ", line.job);
  text += line.message;
  // A message must not add lines to the log.
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text.append("\n");
}

std::string format_json_log_line(const convert::LogLine& line, convert::Time now) {
  std::string json = fmt::format(R"({{"time":"{}","level":"{}")", timestamp(now), name_of(line.level));
  if (line.job != 0) json += fmt::format(R"(,"job":{})", line.job);
  return json.append(fmt::format(",\"message\":{}}}\n", json_string(line.message, kMaxMessageBytes)));
}

std::string format_json_access_line(const convert::server::AccessLogEntry& entry, convert::Time now) {
  std::string json = fmt::format(
      R"({{"time":"{}","level":"{}","message":"request","request_id":{},"method":{},"path":{},"status":{})",
      timestamp(now), name_of(entry.level), json_string(entry.id, kMaxFieldBytes),
      json_string(entry.method, kMaxFieldBytes), json_string(entry.path, kMaxPathBytes), entry.status);
  json += fmt::format(R"(,"bytes":{},"duration_ms":{},"client":{})", entry.bytes, entry.took.count(),
                      json_string(entry.address, kMaxFieldBytes));
  if (!entry.error.empty()) json += fmt::format(R"(,"error":{})", json_string(entry.error, kMaxErrorBytes));
  return json.append("}\n");
}

void Log::operator()(const convert::LogLine& line) const {
  if (line.level < level_) return;
  const auto now = current_time();
  const convert::LogLine masked{line.level, line.job, mask_passwords(line.message)};
  stream_->write(format_ == LogFormat::json ? format_json_log_line(masked, now)
                                            : format_log_line(masked, now));
}

void Log::write_access(const convert::server::AccessLogEntry& entry) const {
  if (entry.level >= level_) stream_->write(format_json_access_line(entry, current_time()));
}

void Log::warning(std::string message) const { (*this)({Level::warning, 0, std::move(message)}); }

}  // namespace convertd
