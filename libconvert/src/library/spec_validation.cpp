// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <convert/output_spec.hpp>

#include "base/text.hpp"
#include "library/option_table.hpp"

namespace convert {
namespace {

using namespace library;
using std::string_view;

// What cannot be done to a stream that is copied.
constexpr std::array kOptionsThatNeedEncoding = {
    string_view("bitrate"), string_view("quality"),  string_view("sample_rate"),   string_view("channels"),
    string_view("volume"),  string_view("loudness"), string_view("sample_format"), string_view("start"),
    string_view("end"),     string_view("level")};

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
    if (const auto tag = check_tag(name, value); !tag) return tag.error();
  }
  const bool may_be_large = !spec.tags.empty() || !spec.entry.empty();
  if (may_be_large && to_json(spec).size() > kMaxSpecBytes) {
    return invalid(fmt::format(
        "tags: together the options may have up to {} bytes as JSON; shorten the texts.", kMaxSpecBytes));
  }
  return {};
}

Result<void> check_copy(const OutputSpec& spec) {
  if (spec.audio_codec != "copy") return {};
  for (const auto name : kOptionsThatNeedEncoding) {
    if (find_option(name)->is_set(spec)) {
      return invalid(
          fmt::format("{}: codec=copy leaves the sound as it is; leave out one of the two.", name));
    }
  }
  return {};
}

Result<void> check_combinations(const OutputSpec& spec) {
  if (spec.audio_bitrate && spec.audio_quality) {
    return invalid(
        "quality: it lets the bit rate vary, so bitrate cannot be set too; leave out one of the two.");
  }
  if (spec.end && *spec.end <= spec.start.value_or(std::chrono::nanoseconds(0))) {
    return invalid("end: it has to be after start (0 if that is not set).");
  }
  if (spec.volume && spec.loudness) {
    return invalid("volume: loudness decides the volume; leave out one of the two.");
  }
  if (spec.true_peak && !spec.loudness) {
    return invalid(
        "true_peak: it is the ceiling when loudness is set; set loudness too, such as loudness=-16.");
  }
  if (spec.metadata == MetadataPolicy::strip && !spec.tags.empty()) {
    return invalid("tags: metadata=strip would drop them; use metadata=replace, or leave the tags out.");
  }
  return check_copy(spec);
}

bool applies_to(const OptionRow& field, const Format& format) {
  const auto name = field.option.name;
  if (name == "format" || name == "entry") return true;
  // What a format cannot hold of these is reported as lost.
  if (format.family != Family::archive && (name == "metadata" || name == "tags")) return true;
  return contains(format.options, name);
}

Error does_not_apply(const OptionRow& field, const Format& format) {
  if (format.options.empty()) {
    return {Errc::unsupported,
            fmt::format("{} means nothing to {}; it takes no options.", field.option.name, format.name)};
  }
  return {Errc::unsupported, fmt::format("{} means nothing to {}; it takes: {}.", field.option.name,
                                         format.name, fmt::join(format.options, ", "))};
}

Result<void> check_codec(const OutputSpec& spec, const Format& format) {
  if (spec.audio_codec.empty() || spec.audio_codec == "copy" || contains(format.codecs, spec.audio_codec))
    return {};
  return Error{Errc::unsupported,
               fmt::format("codec: {} cannot hold {}; it may be {}, or copy.", format.name,
                           base::in_quotes(spec.audio_codec), fmt::join(format.codecs, ", "))};
}

Result<void> check_level(const OutputSpec& spec, const Format& format) {
  if (!spec.level) return {};
  const string_view usual = format.codecs.empty() ? string_view() : format.codecs.front();
  const auto range =
      level_range(format.name, spec.audio_codec.empty() ? usual : string_view(spec.audio_codec));
  if (!range || (*spec.level >= range->low && *spec.level <= range->high)) return {};
  return invalid(fmt::format("level: {} is no level of {}; it may be {} (fast) to {} (small).", *spec.level,
                             format.name, range->low, range->high));
}

}  // namespace

Result<void> validate(const OutputSpec& spec) {
  if (const auto each = check_each(spec); !each) return each.error();
  return check_combinations(spec);
}

Result<void> validate(const OutputSpec& spec, const Format& format) {
  if (const auto alone = validate(spec); !alone) return alone.error();
  for (const OptionRow& field : option_rows()) {
    if (field.is_set(spec) && !applies_to(field, format)) return does_not_apply(field, format);
  }
  if (const auto codec = check_codec(spec, format); !codec) return codec.error();
  return check_level(spec, format);
}

}  // namespace convert
