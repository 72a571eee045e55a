// SPDX-License-Identifier: MIT
#include "option_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace convertd {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxQuotedLength = 80;

/// The number at the beginning of `text`, which is taken off.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return {};
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kSizes{Unit{"T", std::uint64_t{1} << 40}, Unit{"G", std::uint64_t{1} << 30},
                            Unit{"M", std::uint64_t{1} << 20}, Unit{"K", std::uint64_t{1} << 10},
                            Unit{"", 1}};
constexpr std::array kTimes{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                            Unit{"ms", 1}};
/// Ten years: what is added to now stays far from the end of every clock.
constexpr std::uint64_t kMaxDuration = 3'653 * kTimes[0].factor;
constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 62;

template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<Unit, N>& units,
                                       std::uint64_t max) {
  const auto number = take_number(text);
  if (!number) return {};
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == text; });
  if (unit == units.end() || *number > max / unit->factor) return {};
  return *number * unit->factor;
}

template <std::size_t N>
std::string unit_text(std::uint64_t number, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (number != 0 && number % unit.factor == 0) return fmt::format("{}{}", number / unit.factor, unit.name);
  }
  return {};
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

Error usage_error(std::string message) { return {Errc::invalid_argument, std::move(message), false}; }

std::string in_quotes(std::string_view text) {
  std::string clean(text.substr(0, kMaxQuotedLength));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      '?');
  return fmt::format("\"{}{}\"", clean, text.size() > kMaxQuotedLength ? "..." : "");
}

Result<std::uint64_t> parse_count(std::string_view text, std::uint64_t min, std::uint64_t max) {
  auto rest = text;
  const auto number = take_number(rest);
  if (number && rest.empty() && *number >= min && *number <= max) return *number;
  return usage_error(fmt::format("{} is no number from {} to {}.", in_quotes(text), min, max));
}

Result<std::uint64_t> parse_size(std::string_view text, std::uint64_t min, std::uint64_t max) {
  const auto bytes = with_unit(text, kSizes, kLargestSize);
  if (!bytes)
    return usage_error(fmt::format("{} is no size: write bytes, or 64K, 20M, 5G, 1T.", in_quotes(text)));
  if (*bytes >= min && *bytes <= max) return *bytes;
  return usage_error(
      fmt::format("{} is not from {} to {}.", in_quotes(text), format_size(min), format_size(max)));
}

std::string format_size(std::uint64_t bytes) { return bytes == 0 ? "0" : unit_text(bytes, kSizes); }

Result<milliseconds> parse_duration(std::string_view text) {
  const auto time = with_unit(text, kTimes, kMaxDuration);
  if (time) return milliseconds(*time);
  return usage_error(fmt::format("{} is no time: write 250ms, 30s, 15m, 24h or 7d, and at most ten years.",
                                 in_quotes(text)));
}

std::string format_duration(milliseconds time) {
  return time.count() == 0 ? "0s" : unit_text(static_cast<std::uint64_t>(time.count()), kTimes);
}

Result<convert::server::RateLimit> parse_rate(std::string_view text) {
  if (text == "off") return convert::server::RateLimit{};
  constexpr std::uint64_t max = 1'000'000'000;
  const auto refused = usage_error(
      fmt::format("{} is no rate: write 10/15m (so many in that time), 1000/1s:5000 (after a silence "
                  "so many at once), or off.",
                  in_quotes(text)));
  auto rest = text;
  const auto events = take_number(rest);
  if (!events || *events == 0 || *events > max || !rest.starts_with('/')) return refused;
  const auto colon = rest.find(':');
  const auto in = parse_duration(rest.substr(1, colon == std::string_view::npos ? colon : colon - 1));
  if (!in || in->count() == 0) return refused;
  convert::server::RateLimit rate{static_cast<std::uint32_t>(*events), *in, 0};
  if (colon == std::string_view::npos) return rate;
  const auto burst = parse_count(rest.substr(colon + 1), 1, max);
  if (!burst) return refused;
  rate.burst = static_cast<std::uint32_t>(*burst);
  return rate;
}

std::string format_rate(const convert::server::RateLimit& rate) {
  if (rate.events == 0) return "off";
  const auto text = fmt::format("{}/{}", rate.events, format_duration(rate.interval));
  return rate.burst == 0 || rate.burst == rate.events ? text : fmt::format("{}:{}", text, rate.burst);
}

Result<bool> parse_bool(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return usage_error(fmt::format("{} is neither on nor off.", in_quotes(text)));
}

std::string format_bool(bool on) { return on ? "on" : "off"; }

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    const auto comma = text.find(',');
    if (const auto word = trimmed(text.substr(0, comma)); !word.empty()) words.emplace_back(word);
    if (comma == std::string_view::npos) return words;
    text.remove_prefix(comma + 1);
  }
}

std::string format_list(std::span<const std::string> words) {
  return fmt::format("{}", fmt::join(words, ","));
}

}  // namespace convertd
