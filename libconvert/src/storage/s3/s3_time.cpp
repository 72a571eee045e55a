// SPDX-License-Identifier: MIT
#include "storage/s3/s3_time.hpp"

#include <charconv>
#include <chrono>

#include "net/http/server_clock.hpp"

namespace convert::storage {
namespace {

/// Reads `count` digits at the start of `text` and the character `end` behind them.
std::optional<int> take_digits(std::string_view& text, std::size_t count, char end) {
  int value = 0;
  if (text.size() <= count || text[count] != end) return {};
  const auto [stopped, failure] = std::from_chars(text.data(), text.data() + count, value);
  if (failure != std::errc() || stopped != text.data() + count || text.front() == '-') return {};
  text.remove_prefix(count + 1);
  return value;
}

std::optional<std::chrono::sys_seconds> parse_iso_time(std::string_view text) {
  const auto year = take_digits(text, 4, '-');
  const auto month = take_digits(text, 2, '-');
  const auto day = take_digits(text, 2, 'T');
  const auto hour = take_digits(text, 2, ':');
  const auto minute = take_digits(text, 2, ':');
  const bool fraction = text.size() > 2 && text[2] == '.';
  const auto second = take_digits(text, 2, fraction ? '.' : 'Z');
  if (!year || !month || !day || !hour || !minute || !second) return {};
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return {};
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace

std::optional<Time> parse_s3_time(std::string_view text) {
  auto whole = parse_iso_time(text);
  if (!whole) whole = net::parse_http_date(text);
  if (!whole) return {};
  return *whole + std::chrono::seconds(1);
}

}  // namespace convert::storage
