// SPDX-License-Identifier: MIT
#include "values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace convertd {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLongestShown = 80;

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
constexpr std::uint64_t kLongestTime = 3'653 * kTimes[0].factor;
constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 62;

template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<Unit, N>& units,
                                       std::uint64_t most) {
  const auto number = take_number(text);
  if (!number) return {};
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == text; });
  if (unit == units.end() || *number > most / unit->factor) return {};
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

Error wrong(std::string message) { return {Errc::invalid_argument, std::move(message), false}; }

std::string shown(std::string_view text) {
  std::string clean(text.substr(0, kLongestShown));
  std::replace_if(
      clean.begin(), clean.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      '?');
  return fmt::format("\"{}{}\"", clean, text.size() > kLongestShown ? "..." : "");
}

Result<std::uint64_t> read_count(std::string_view text, std::uint64_t least, std::uint64_t most) {
  auto rest = text;
  const auto number = take_number(rest);
  if (number && rest.empty() && *number >= least && *number <= most) return *number;
  return wrong(fmt::format("{} is no number from {} to {}.", shown(text), least, most));
}

Result<std::uint64_t> read_size(std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto bytes = with_unit(text, kSizes, kLargestSize);
  if (!bytes) return wrong(fmt::format("{} is no size: write bytes, or 64K, 20M, 5G, 1T.", shown(text)));
  if (*bytes >= least && *bytes <= most) return *bytes;
  return wrong(fmt::format("{} is not from {} to {}.", shown(text), size_text(least), size_text(most)));
}

std::string size_text(std::uint64_t bytes) { return bytes == 0 ? "0" : unit_text(bytes, kSizes); }

Result<milliseconds> read_time(std::string_view text) {
  const auto time = with_unit(text, kTimes, kLongestTime);
  if (time) return milliseconds(*time);
  return wrong(
      fmt::format("{} is no time: write 250ms, 30s, 15m, 24h or 7d, and at most ten years.", shown(text)));
}

std::string time_text(milliseconds time) {
  return time.count() == 0 ? "0s" : unit_text(static_cast<std::uint64_t>(time.count()), kTimes);
}

Result<convert::server::Rate> read_rate(std::string_view text) {
  if (text == "off") return convert::server::Rate{};
  constexpr std::uint64_t most = 1'000'000'000;
  const auto refused =
      wrong(fmt::format("{} is no rate: write 10/15m (so many in that time), 1000/1s:5000 (after a silence "
                        "so many at once), or off.",
                        shown(text)));
  auto rest = text;
  const auto events = take_number(rest);
  if (!events || *events == 0 || *events > most || !rest.starts_with('/')) return refused;
  const auto colon = rest.find(':');
  const auto in = read_time(rest.substr(1, colon == std::string_view::npos ? colon : colon - 1));
  if (!in || in->count() == 0) return refused;
  convert::server::Rate rate{static_cast<std::uint32_t>(*events), *in, 0};
  if (colon == std::string_view::npos) return rate;
  const auto burst = read_count(rest.substr(colon + 1), 1, most);
  if (!burst) return refused;
  rate.burst = static_cast<std::uint32_t>(*burst);
  return rate;
}

std::string rate_text(const convert::server::Rate& rate) {
  if (rate.events == 0) return "off";
  const auto text = fmt::format("{}/{}", rate.events, time_text(rate.in));
  return rate.burst == 0 || rate.burst == rate.events ? text : fmt::format("{}:{}", text, rate.burst);
}

Result<bool> read_switch(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return wrong(fmt::format("{} is neither on nor off.", shown(text)));
}

std::string switch_text(bool on) { return on ? "on" : "off"; }

std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> words;
  for (;;) {
    const auto comma = text.find(',');
    if (const auto word = trimmed(text.substr(0, comma)); !word.empty()) words.emplace_back(word);
    if (comma == std::string_view::npos) return words;
    text.remove_prefix(comma + 1);
  }
}

std::string list_text(std::span<const std::string> words) { return fmt::format("{}", fmt::join(words, ",")); }

}  // namespace convertd
