// SPDX-License-Identifier: MIT
#include "library/spec_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.hpp"

namespace convert::library {
namespace {

constexpr std::size_t kMaxNumberLength = 400;  // the exact digits of any double fit

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// A parsed decimal number: sign, digits without leading zeros, power of ten of the last digit.
struct Decimal {
  bool negative = false;
  std::string digits;
  int power = 0;
};

/// Removes the leading digits of `text` and returns them.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int> read_exponent(std::string_view& text) {
  const bool negative = !text.empty() && text.front() == '-';
  take(text, "+-");
  const auto digits = take_digits(text);
  int value = 0;
  if (digits.empty() || digits.size() > 3) return {};
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return negative ? -value : value;
}

std::optional<Decimal> read_decimal(std::string_view text) {
  if (text.empty() || text.size() > kMaxNumberLength) return {};
  Decimal number;
  number.negative = take(text, "-");
  number.digits = take_digits(text);
  if (take(text, ".")) {
    const auto fraction = take_digits(text);
    if (fraction.empty()) return {};
    number.digits += fraction;
    number.power = -static_cast<int>(fraction.size());
  }
  if (number.digits.empty()) return {};
  if (take(text, "eE")) {
    const auto exponent = read_exponent(text);
    if (!exponent) return {};
    number.power += *exponent;
  }
  if (!text.empty()) return {};
  number.digits.erase(0, number.digits.find_first_not_of('0'));
  while (!number.digits.empty() && number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.power;
  }
  return number;
}

/// Rounds to the nearest integer.
void round_to_integer(Decimal& number) {
  const auto drop = static_cast<std::size_t>(-number.power);
  number.power = 0;
  if (drop > number.digits.size()) {
    number.digits.clear();
    return;
  }
  const auto keep = number.digits.size() - drop;
  const bool up = number.digits[keep] >= '5';
  number.digits.resize(keep);
  if (!up) return;
  auto nine = number.digits.rbegin();
  for (; nine != number.digits.rend() && *nine == '9'; ++nine) *nine = '0';
  if (nine == number.digits.rend()) {
    number.digits.insert(number.digits.begin(), '1');
  } else {
    ++*nine;
  }
}

bool ends_with_unit(std::string_view text, std::string_view unit) {
  return text.size() > unit.size() && base::lower_case(text.substr(text.size() - unit.size())) == unit;
}

/// Removes a unit, in any case, and the spaces before it from the end of `text`. `unit` is in lower case.
bool strip_unit(std::string_view& text, std::string_view unit) {
  if (!ends_with_unit(text, unit)) return false;
  text.remove_suffix(unit.size());
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return true;
}

std::optional<int> to_int(std::optional<std::int64_t> value) {
  if (!value || *value < std::numeric_limits<int>::min() || *value > std::numeric_limits<int>::max())
    return {};
  return static_cast<int>(*value);
}

/// An unsigned number of seconds, such as "62.5".
std::optional<std::int64_t> read_seconds(std::string_view text, int power) {
  if (text.empty() || !is_digit(text.front())) return {};
  return read_scaled(text, power, ExtraDigits::round);
}

/// "1:02.5" and "1:02:03.25"; minutes and seconds below 60, except the first part.
std::optional<std::int64_t> read_clock(std::string_view text) {
  constexpr std::int64_t second = 1'000'000'000;
  std::int64_t whole = 0;
  for (int places = 0;; ++places) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) break;
    const auto digits = text.substr(0, colon);
    if (places == 2 || digits.empty() || digits.size() > 6) return {};
    if (!std::all_of(digits.begin(), digits.end(), is_digit)) return {};
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (places > 0 && value >= 60) return {};
    whole = (whole + value) * 60;
    text.remove_prefix(colon + 1);
  }
  if (text.find_first_of("eE") != std::string_view::npos) return {};
  const auto seconds = read_seconds(text, 9);
  if (!seconds || *seconds >= 60 * second) return {};
  return whole * second + *seconds;
}

}  // namespace

std::optional<std::int64_t> read_scaled(std::string_view text, int power, ExtraDigits extra_digits) {
  auto number = read_decimal(text);
  if (!number) return {};
  number->power += power;
  if (!number->digits.empty() && number->power < 0) {
    if (extra_digits == ExtraDigits::refuse) return {};
    round_to_integer(*number);
  }
  if (number->digits.empty()) return 0;
  if (number->power > 18) return {};
  number->digits.append(static_cast<std::size_t>(std::max(number->power, 0)), '0');
  if (number->negative) number->digits.insert(number->digits.begin(), '-');
  std::int64_t value = 0;
  const auto end = number->digits.data() + number->digits.size();
  const auto [stop, error] = std::from_chars(number->digits.data(), end, value);
  if (error != std::errc{} || stop != end) return {};
  return value;
}

std::optional<double> read_number(std::string_view text) {
  if (take(text, "+") && !text.empty() && !is_digit(text.front()) && text.front() != '.') return {};
  if (text.size() > kMaxNumberLength) return {};
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || stop != text.data() + text.size() || !std::isfinite(value)) return {};
  return value + 0.0;  // -0 becomes 0
}

std::optional<std::int64_t> read_bitrate(std::string_view text) {
  if (strip_unit(text, "k")) return read_scaled(text, 3);
  if (strip_unit(text, "m")) return read_scaled(text, 6);
  return read_scaled(text, 0);
}

std::optional<int> read_sample_rate(std::string_view text) {
  return to_int(strip_unit(text, "k") ? read_scaled(text, 3) : read_scaled(text, 0));
}

std::optional<int> read_channels(std::string_view text) {
  const auto name = base::lower_case(text);
  if (name == "mono") return 1;
  if (name == "stereo") return 2;
  if (name == "5.1") return 6;
  if (name == "7.1") return 8;
  return read_integer(text);
}

std::optional<int> read_integer(std::string_view text) { return to_int(read_scaled(text, 0)); }

std::optional<double> read_volume(std::string_view text) {
  if (!strip_unit(text, "db")) return read_number(text);
  const auto decibels = read_number(text);
  if (!decibels) return {};
  return std::pow(10.0, *decibels / 20);
}

std::optional<double> read_loudness(std::string_view text) {
  strip_unit(text, "lufs");
  return read_number(text);
}

std::optional<double> read_peak(std::string_view text) {
  if (!strip_unit(text, "dbtp")) strip_unit(text, "db");
  return read_number(text);
}

std::optional<std::chrono::nanoseconds> read_time(std::string_view text) {
  std::optional<std::int64_t> value;
  if (text.find(':') != std::string_view::npos) {
    value = read_clock(text);
  } else if (strip_unit(text, "ms")) {
    value = read_seconds(text, 6);
  } else {
    strip_unit(text, "s");
    value = read_seconds(text, 9);
  }
  if (!value) return {};
  return std::chrono::nanoseconds(*value);
}

}  // namespace convert::library
