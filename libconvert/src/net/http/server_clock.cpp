// SPDX-License-Identifier: MIT
#include "net/http/server_clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace convert::net {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/// The number in `text`, all of whose characters are digits; -1 otherwise.
int parse_digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

sys_seconds host_time() { return std::chrono::floor<seconds>(std::chrono::system_clock::now()); }

}  // namespace

std::optional<sys_seconds> parse_http_date(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT"
  if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' ||
      text[16] != ' ' || text[19] != ':' || text[22] != ':' || text.substr(25) != " GMT")
    return {};
  const auto month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  const int day = parse_digits(text.substr(5, 2));
  const int year = parse_digits(text.substr(12, 4));
  const int hour = parse_digits(text.substr(17, 2));
  const int minute = parse_digits(text.substr(20, 2));
  const int second = parse_digits(text.substr(23, 2));
  if (month == kMonths.end() || day < 0 || year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60)
    return {};
  const std::chrono::year_month_day date{
      std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month - kMonths.begin()) + 1),
      std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return {};
  return sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         seconds(std::min(second, 59));  // a leap second is the one before
}

std::string format_http_date(sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kWeekdays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

bool ServerClock::observe(const HttpResponseHead& response) {
  if (response.headers.find("Age")) return false;
  const auto date = parse_http_date(response.headers.find("Date").value_or(""));
  if (!date) return false;
  seconds difference = *date - host_time();
  if (std::abs(difference.count()) < 5) difference = seconds(0);
  const seconds before(offset_.exchange(difference.count()));
  return std::abs((difference - before).count()) > 60;
}

sys_seconds ServerClock::now() const { return host_time() + offset(); }

}  // namespace convert::net
