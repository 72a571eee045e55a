// SPDX-License-Identifier: MIT
#include "http/message/http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "http/message/field_values.hpp"

namespace convert::server::http {

namespace {

constexpr std::array<std::string_view, 7> kDayNames{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDayNames{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                        "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonthNames{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Scans a text from the front. After the first mismatch every call fails.
class DateScanner {
 public:
  explicit DateScanner(std::string_view text) noexcept : text_(text) {}

  bool done() const noexcept { return valid_ && text_.empty(); }
  bool valid() const noexcept { return valid_; }

  void skip(std::string_view literal) noexcept {
    valid_ = valid_ && text_.starts_with(literal);
    if (valid_) text_.remove_prefix(literal.size());
  }
  unsigned number(std::size_t digits) noexcept {
    const auto value =
        valid_ && text_.size() >= digits ? parse_digits(text_.substr(0, digits)) : std::nullopt;
    valid_ = value.has_value();
    if (valid_) text_.remove_prefix(digits);
    return static_cast<unsigned>(value.value_or(0));
  }
  /// Index of the name that follows.
  template <std::size_t count>
  unsigned name(const std::array<std::string_view, count>& names) noexcept {
    for (unsigned i = 0; valid_ && i < count; ++i) {
      if (!text_.starts_with(names[i])) continue;
      text_.remove_prefix(names[i].size());
      return i;
    }
    valid_ = false;
    return 0;
  }

 private:
  std::string_view text_;
  bool valid_ = true;
};

struct DateFields {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
};

void scan_time(DateScanner& scanner, DateFields& parts) noexcept {
  parts.hour = scanner.number(2);
  scanner.skip(":");
  parts.minute = scanner.number(2);
  scanner.skip(":");
  parts.second = scanner.number(2);
}

std::optional<Seconds> to_time(const DateFields& parts) noexcept {
  const std::chrono::year_month_day date{std::chrono::year(parts.year), std::chrono::month(parts.month),
                                         std::chrono::day(parts.day)};
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return {};
  return std::chrono::sys_days(date) + std::chrono::hours(parts.hour) + std::chrono::minutes(parts.minute) +
         std::chrono::seconds(parts.second);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<Seconds> parse_imf_fixdate(std::string_view text) noexcept {
  DateScanner scanner(text);
  DateFields parts;
  scanner.name(kDayNames);
  scanner.skip(", ");
  parts.day = scanner.number(2);
  scanner.skip(" ");
  parts.month = scanner.name(kMonthNames) + 1;
  scanner.skip(" ");
  parts.year = static_cast<int>(scanner.number(4));
  scanner.skip(" ");
  scan_time(scanner, parts);
  scanner.skip(" GMT");
  return scanner.done() ? to_time(parts) : std::nullopt;
}

/// "Sunday, 06-Nov-94 08:49:37 GMT"
std::optional<Seconds> parse_rfc850(std::string_view text, Seconds now) noexcept {
  DateScanner scanner(text);
  DateFields parts;
  scanner.name(kLongDayNames);
  scanner.skip(", ");
  parts.day = scanner.number(2);
  scanner.skip("-");
  parts.month = scanner.name(kMonthNames) + 1;
  scanner.skip("-");
  const int two_digits = static_cast<int>(scanner.number(2));
  scanner.skip(" ");
  scan_time(scanner, parts);
  scanner.skip(" GMT");
  if (!scanner.done()) return {};
  const int this_year =
      static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year());
  parts.year = this_year / 100 * 100 + two_digits;
  if (parts.year > this_year + 50) parts.year -= 100;  // RFC 9110, 5.6.7
  if (parts.year <= this_year - 50) parts.year += 100;
  return to_time(parts);
}

/// "Sun Nov  6 08:49:37 1994"
std::optional<Seconds> parse_asctime(std::string_view text) noexcept {
  DateScanner scanner(text);
  DateFields parts;
  scanner.name(kDayNames);
  scanner.skip(" ");
  parts.month = scanner.name(kMonthNames) + 1;
  scanner.skip(" ");
  const bool one_digit = text.size() > 8 && text[8] == ' ';
  if (one_digit) scanner.skip(" ");
  parts.day = scanner.number(one_digit ? 1 : 2);
  scanner.skip(" ");
  scan_time(scanner, parts);
  scanner.skip(" ");
  parts.year = static_cast<int>(scanner.number(4));
  return scanner.done() ? to_time(parts) : std::nullopt;
}

}  // namespace

std::string http_date(Seconds time) {
  const auto date = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day parts(date);
  const std::chrono::hh_mm_ss clock(time - date);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                     kDayNames.at(std::chrono::weekday(date).c_encoding()),
                     static_cast<unsigned>(parts.day()),
                     kMonthNames.at(static_cast<unsigned>(parts.month()) - 1), static_cast<int>(parts.year()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<Seconds> parse_http_date(std::string_view text, Seconds now) noexcept {
  if (const auto time = parse_imf_fixdate(text)) return time;
  if (const auto time = parse_rfc850(text, now)) return time;
  return parse_asctime(text);
}

}  // namespace convert::server::http
