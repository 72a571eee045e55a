// SPDX-License-Identifier: MIT
#include "limits.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <optional>

#include "text.hpp"

namespace convert_file {
namespace {

using convert::Errc;
using convert::Error;
using convert::Limits;

/// "1.5G": a number, and for sizes a unit of 1024.
std::optional<double> read_number(std::string_view text, bool with_unit) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value >= 0) || value > 1e18) return {};
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.empty()) return value;
  constexpr std::string_view units = "KMGT";
  const auto power = unit.size() == 1 ? units.find(unit[0]) : std::string_view::npos;
  if (!with_unit || power == std::string_view::npos) return {};
  for (std::size_t i = 0; i <= power; ++i) value *= 1024;
  return value < 1e18 ? std::optional(value) : std::nullopt;
}

struct Row {
  std::string_view name;
  std::string_view allowed;
  bool with_unit;
  void (*set)(Limits&, double);
  std::string_view meaning;
};

template <auto Member>
void set_count(Limits& limits, double value) {
  using Count = std::remove_reference_t<decltype(limits.*Member)>;
  constexpr auto max = std::numeric_limits<Count>::max();
  limits.*Member = value < static_cast<double>(max) ? static_cast<Count>(value) : max;
}

template <auto Member>
void set_time(Limits& limits, double value) {
  // Beyond 9,223,372,036 s nanoseconds don't fit; that is 292 years.
  limits.*Member = std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(value, 9e9) * 1e9));
}

constexpr std::string_view size = "bytes, or 64K, 20M, 2G";
constexpr std::string_view count = "";
constexpr std::string_view seconds = "seconds";

constexpr std::array rows{
    Row{"input_bytes", size, true, set_count<&Limits::input_bytes>, "of each input"},
    Row{"output_bytes", size, true, set_count<&Limits::output_bytes>, "of all outputs together"},
    Row{"duration", seconds, false, set_time<&Limits::duration>, "of the source's sound"},
    Row{"streams", count, false, set_count<&Limits::streams>, "in one input"},
    Row{"channels", count, false, set_count<&Limits::channels>, "in one stream"},
    Row{"sample_rate", count, false, set_count<&Limits::sample_rate>, "in Hz"},
    Row{"metadata_bytes", size, true, set_count<&Limits::metadata_bytes>, "tags and cover art of one input"},
    Row{"archive_entries", count, false, set_count<&Limits::archive_entries>, "in one input"},
    Row{"archive_ratio", count, false, [](Limits& limits, double value) { limits.archive_ratio = value; },
        "unpacked to packed bytes, once 16 MiB are unpacked"},
    Row{"wall_time", seconds, false, set_time<&Limits::wall_time>, "that the conversion takes"},
};

}  // namespace

convert::Result<void> set_limit(Limits& limits, std::string_view word) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  for (const auto& row : rows) {
    if (row.name != name) continue;
    const auto text = equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    const auto value = read_number(text, row.with_unit);
    if (!value) {
      return Error{Errc::invalid_argument,
                   fmt::format("--limit {}: \"{}\" is no number{}.", name, clean(text),
                               row.allowed.empty() ? "" : fmt::format(" of {}", row.allowed))};
    }
    row.set(limits, *value);
    return {};
  }
  std::string names;
  for (const auto& row : rows) names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
  return Error{Errc::invalid_argument,
               fmt::format("--limit: there is no limit \"{}\"; there are {}.", clean(name), names)};
}

std::string limits_help() {
  std::string text;
  for (const auto& row : rows) {
    const auto unit = row.allowed.empty() ? std::string() : fmt::format(" ({})", row.allowed);
    text += fmt::format("  {:<16} {}{}\n", row.name, row.meaning, unit);
  }
  return text;
}

}  // namespace convert_file
