// SPDX-License-Identifier: MIT
#include "conversion/option_ranges.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/try.hpp"

namespace convert::conversion {
namespace {

/// The value of an option that may have ranges, as a number or as a name.
struct OptionValue {
  std::string_view option;
  std::optional<double> number;
  std::string text;  // empty: the option is not set
};

template <class Number>
OptionValue number_value(std::string_view option, const std::optional<Number>& value) {
  if (!value) return {option, {}, {}};
  return {option, static_cast<double>(*value), fmt::format("{}", *value)};
}

std::array<OptionValue, 6> values_of(const OutputSpec& spec) {
  const std::string sample_format = spec.sample_format ? std::string(to_string(*spec.sample_format)) : "";
  return {number_value("audio_bitrate", spec.audio_bitrate),
          number_value("audio_quality", spec.audio_quality),
          number_value("sample_rate", spec.sample_rate),
          number_value("channels", spec.channels),
          number_value("level", spec.level),
          {"sample_format", {}, sample_format}};
}

bool is_valid(const OptionValue& value, const OptionRange& range) {
  if (!range.values.empty()) {
    return std::find(range.values.begin(), range.values.end(), value.text) != range.values.end();
  }
  return value.number && *value.number >= range.min && *value.number <= range.max;
}

Result<void> check_value(const OptionValue& value, const Format& format, std::string_view codec) {
  const OptionRange* own = nullptr;
  bool has_rows = false;
  for (const OptionRange& range : format.option_ranges) {
    if (range.option != value.option) continue;
    has_rows = true;
    if (range.codec.empty() || range.codec == codec) own = &range;
  }
  if (!has_rows) return {};
  const std::string_view subject = codec.empty() ? format.name : codec;
  if (own == nullptr) {
    return Error{Errc::unsupported, fmt::format("{} does not apply to {}: omit it.", value.option, subject)};
  }
  if (is_valid(value, *own)) return {};
  return Error{Errc::invalid_argument, fmt::format("{} must be {} for {}, not {}.", value.option,
                                                   range_text(*own), subject, value.text)};
}

/// Whether the stream cannot be copied, whatever the input is.
bool must_encode(const OutputSpec& spec) {
  return spec.audio_bitrate || spec.audio_quality || spec.level || spec.sample_format || spec.start ||
         spec.end || spec.volume || spec.loudness;
}

}  // namespace

std::string range_text(const OptionRange& range) {
  const std::string unit = range.unit.empty() ? "" : fmt::format(" {}", range.unit);
  if (!range.values.empty()) return fmt::format("{}{}", fmt::join(range.values, ", "), unit);
  if (range.option == "level") return fmt::format("{} (fast) to {} (small)", range.min, range.max);
  if (range.option == "audio_quality") return fmt::format("{} (smallest) to {} (best)", range.min, range.max);
  return fmt::format("{} to {}{}", range.min, range.max, unit);
}

Result<void> check_option_ranges(const OutputSpec& spec, const Format& format, std::string_view codec) {
  if (format.option_ranges.empty()) return {};
  for (const OptionValue& value : values_of(spec)) {
    if (!value.text.empty()) CONVERT_TRY(check_value(value, format, codec));
  }
  return {};
}

Result<void> check_option_ranges(const OutputSpec& spec, const Format& format) {
  if (spec.audio_codec == "copy") return {};
  if (format.codecs.empty()) return check_option_ranges(spec, format, "");
  if (!spec.audio_codec.empty()) return check_option_ranges(spec, format, spec.audio_codec);
  auto by_default = check_option_ranges(spec, format, format.codecs.front());
  if (by_default || must_encode(spec)) return by_default;
  const bool may_be_copied = std::any_of(
      format.codecs.begin(), format.codecs.end(),
      [&](std::string_view codec) { return check_option_ranges(spec, format, codec).has_value(); });
  return may_be_copied ? Result<void>() : by_default;
}

}  // namespace convert::conversion
