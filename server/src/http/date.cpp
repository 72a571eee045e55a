// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "http/field_values.hpp"

namespace convert::server::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> long_days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// What is left of a text, taken from the front. Once something did not fit, nothing does.
class Rest {
 public:
  explicit Rest(std::string_view text) noexcept : text_(text) {}

  bool done() const noexcept { return good_ && text_.empty(); }
  bool good() const noexcept { return good_; }

  void skip(std::string_view literal) noexcept {
    good_ = good_ && text_.starts_with(literal);
    if (good_) text_.remove_prefix(literal.size());
  }
  unsigned number(std::size_t digits) noexcept {
    const auto value = good_ && text_.size() >= digits ? parse_digits(text_.substr(0, digits)) : std::nullopt;
    good_ = value.has_value();
    if (good_) text_.remove_prefix(digits);
    return static_cast<unsigned>(value.value_or(0));
  }
  /// The index of the name that is next.
  template <std::size_t count>
  unsigned name(const std::array<std::string_view, count>& names) noexcept {
    for (unsigned i = 0; good_ && i < count; ++i) {
      if (!text_.starts_with(names[i])) continue;
      text_.remove_prefix(names[i].size());
      return i;
    }
    good_ = false;
    return 0;
  }

 private:
  std::string_view text_;
  bool good_ = true;
};

struct Parts {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void take_time(Rest& rest, Parts& parts) noexcept {
  parts.hour = rest.number(2);
  rest.skip(":");
  parts.minute = rest.number(2);
  rest.skip(":");
  parts.second = rest.number(2);
}

std::optional<Seconds> time_of(const Parts& parts) noexcept {
  const year_month_day date{year(parts.year), month(parts.month), day(parts.day)};
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return {};
  return sys_days(date) + hours(parts.hour) + minutes(parts.minute) + seconds(parts.second);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<Seconds> parse_imf_fixdate(std::string_view text) noexcept {
  Rest rest(text);
  Parts parts;
  rest.name(days);
  rest.skip(", ");
  parts.day = rest.number(2);
  rest.skip(" ");
  parts.month = rest.name(months) + 1;
  rest.skip(" ");
  parts.year = static_cast<int>(rest.number(4));
  rest.skip(" ");
  take_time(rest, parts);
  rest.skip(" GMT");
  return rest.done() ? time_of(parts) : std::nullopt;
}

/// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<Seconds> parse_rfc850(std::string_view text, Seconds now) noexcept {
  Rest rest(text);
  Parts parts;
  rest.name(long_days);
  rest.skip(", ");
  parts.day = rest.number(2);
  rest.skip("-");
  parts.month = rest.name(months) + 1;
  rest.skip("-");
  const int two_digits = static_cast<int>(rest.number(2));
  rest.skip(" ");
  take_time(rest, parts);
  rest.skip(" GMT");
  if (!rest.done()) return {};
  const int this_year = static_cast<int>(year_month_day(floor<std::chrono::days>(now)).year());
  parts.year = this_year / 100 * 100 + two_digits;
  if (parts.year > this_year + 50) parts.year -= 100;  // RFC 9110, 5.6.7
  if (parts.year <= this_year - 50) parts.year += 100;
  return time_of(parts);
}

/// "Sun Nov  6 08:49:37 1994"
std::optional<Seconds> parse_asctime(std::string_view text) noexcept {
  Rest rest(text);
  Parts parts;
  rest.name(days);
  rest.skip(" ");
  parts.month = rest.name(months) + 1;
  rest.skip(" ");
  const bool one_digit = text.size() > 8 && text[8] == ' ';
  if (one_digit) rest.skip(" ");
  parts.day = rest.number(one_digit ? 1 : 2);
  rest.skip(" ");
  take_time(rest, parts);
  rest.skip(" ");
  parts.year = static_cast<int>(rest.number(4));
  return rest.done() ? time_of(parts) : std::nullopt;
}

}  // namespace

std::string http_date(Seconds time) {
  const auto date = floor<std::chrono::days>(time);
  const year_month_day parts(date);
  const hh_mm_ss clock(time - date);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days.at(weekday(date).c_encoding()),
                     static_cast<unsigned>(parts.day()), months.at(static_cast<unsigned>(parts.month()) - 1),
                     static_cast<int>(parts.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::optional<Seconds> parse_http_date(std::string_view text, Seconds now) noexcept {
  if (const auto time = parse_imf_fixdate(text)) return time;
  if (const auto time = parse_rfc850(text, now)) return time;
  return parse_asctime(text);
}

}  // namespace convert::server::http
