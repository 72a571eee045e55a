// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <convert/output_spec.hpp>

#include "base/text.hpp"
#include "base/try.hpp"
#include "conversion/option_ranges.hpp"
#include "library/option_table.hpp"

namespace convert {
namespace {

using namespace library;
using std::string_view;

// Options that need the stream to be encoded.
constexpr std::array kOptionsThatNeedEncoding = {string_view("audio_bitrate"), string_view("audio_quality"),
                                                 string_view("sample_rate"),   string_view("channels"),
                                                 string_view("volume"),        string_view("loudness"),
                                                 string_view("sample_format"), string_view("start"),
                                                 string_view("end"),           string_view("level")};

template <class Range>
bool contains(const Range& range, string_view name) {
  return std::find(range.begin(), range.end(), name) != range.end();
}

Error invalid(std::string message) { return {Errc::invalid_argument, std::move(message)}; }

Result<void> check_each(const OutputSpec& spec) {
  for (const OptionRow& field : option_rows()) {
    if (field.is_set(spec) && !field.is_valid(spec)) return invalid_value(field);
  }
  for (const auto& [name, value] : spec.tags) {
    CONVERT_TRY(check_tag(name, value));
  }
  const bool may_be_large = !spec.tags.empty() || !spec.entry.empty();
  if (may_be_large && to_json(spec).size() > kMaxSpecBytes) {
    return invalid(fmt::format("The options exceed {} bytes as JSON: shorten the texts.", kMaxSpecBytes));
  }
  return {};
}

Result<void> check_copy(const OutputSpec& spec) {
  if (spec.audio_codec != "copy") return {};
  for (const auto name : kOptionsThatNeedEncoding) {
    if (find_option(name)->is_set(spec)) {
      return invalid(
          fmt::format("{} and audio_codec=copy exclude each other: a copied stream is not changed.", name));
    }
  }
  return {};
}

Result<void> check_combinations(const OutputSpec& spec) {
  if (spec.audio_bitrate && spec.audio_quality) {
    return invalid("audio_quality and audio_bitrate exclude each other: quality means a variable bit rate.");
  }
  if (spec.end && *spec.end <= spec.start.value_or(std::chrono::nanoseconds(0))) {
    return invalid("end must be after start, which is 0 by default.");
  }
  if (spec.volume && spec.loudness) {
    return invalid("volume and loudness exclude each other: loudness sets the volume.");
  }
  if (spec.true_peak && !spec.loudness) {
    return invalid("true_peak needs loudness, such as loudness=-16.");
  }
  if (spec.metadata == MetadataPolicy::strip && !spec.tags.empty()) {
    return invalid(
        "tags and metadata=strip exclude each other: use metadata=replace to keep only these tags.");
  }
  return check_copy(spec);
}

bool applies_to(const OptionRow& field, const Format& format) {
  const auto name = field.option.name;
  if (name == "format" || name == "entry") return true;
  // A warning reports the metadata that the format cannot hold.
  if (format.family != Family::archive && (name == "metadata" || name == "tags")) return true;
  return std::any_of(format.options.begin(), format.options.end(),
                     [&](string_view option) { return find_option(option) == &field; });
}

Error does_not_apply(const OptionRow& field, const Format& format) {
  if (format.options.empty()) {
    return {Errc::unsupported,
            fmt::format("{} does not apply to {}, which has no options.", field.option.name, format.name)};
  }
  return {Errc::unsupported, fmt::format("{} does not apply to {}. Its options: {}.", field.option.name,
                                         format.name, fmt::join(format.options, ", "))};
}

Result<void> check_codec(const OutputSpec& spec, const Format& format) {
  if (spec.audio_codec.empty() || spec.audio_codec == "copy" || contains(format.codecs, spec.audio_codec))
    return {};
  return Error{Errc::unsupported,
               fmt::format("audio_codec: {} cannot hold {}. Use {}, or copy.", format.name,
                           base::in_quotes(spec.audio_codec), fmt::join(format.codecs, ", "))};
}

}  // namespace

Result<void> validate(const OutputSpec& spec) {
  CONVERT_TRY(check_each(spec));
  return check_combinations(spec);
}

Result<void> validate(const OutputSpec& spec, const Format& format) {
  CONVERT_TRY(validate(spec));
  for (const OptionRow& field : option_rows()) {
    if (field.is_set(spec) && !applies_to(field, format)) return does_not_apply(field, format);
  }
  CONVERT_TRY(check_codec(spec, format));
  return conversion::check_option_ranges(spec, format);
}

}  // namespace convert
