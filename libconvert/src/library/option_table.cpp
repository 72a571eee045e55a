// SPDX-License-Identifier: MIT
#include "library/option_table.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "base/try.hpp"
#include "library/spec_values.hpp"

namespace convert::library {
namespace {

using std::string_view;
constexpr std::chrono::nanoseconds kMaxTime = std::chrono::hours(10'000);

bool is_name(string_view text, bool capitals) {
  return text.size() <= kMaxNameBytes && std::all_of(text.begin(), text.end(), [&](char c) {
           const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
           return plain || (capitals && c >= 'A' && c <= 'Z') ||
                  string_view("._-+").find(c) != string_view::npos;
         });
}

void write_value(base::JsonWriter& json, std::int64_t value) { json.integer(value); }
void write_value(base::JsonWriter& json, int value) { json.integer(value); }
void write_value(base::JsonWriter& json, double value) { json.number(value); }

/// An option whose value is a number from `Low` to `High`, parsed by `Read`. `stored_name` is by default its
/// name.
template <auto Member, auto Read, auto Low, auto High>
constexpr OptionRow number_row(SpecOption option, string_view example, string_view stored_name = {}) {
  return {option,
          stored_name.empty() ? option.name : stored_name,
          example,
          [](OutputSpec& spec, string_view text) {
            const auto value = Read(text);
            if (value) spec.*Member = *value;
            return value.has_value();
          },
          [](const OutputSpec& spec) { return (spec.*Member).has_value(); },
          [](const OutputSpec& spec) { return *(spec.*Member) >= Low && *(spec.*Member) <= High; },
          [](base::JsonWriter& json, const OutputSpec& spec) { write_value(json, *(spec.*Member)); }};
}

template <auto Member>
constexpr OptionRow time_row(SpecOption option) {
  return {option,
          option.name,
          "1:02.5",
          [](OutputSpec& spec, string_view text) {
            const auto value = read_time(text);
            if (value) spec.*Member = *value;
            return value.has_value();
          },
          [](const OutputSpec& spec) { return (spec.*Member).has_value(); },
          [](const OutputSpec& spec) {
            return *(spec.*Member) >= std::chrono::nanoseconds(0) && *(spec.*Member) <= kMaxTime;
          },
          [](base::JsonWriter& json, const OutputSpec& spec) { json.seconds(*(spec.*Member)); }};
}

constexpr std::array kSampleFormats = {SampleFormat::s16, SampleFormat::s24, SampleFormat::s32,
                                       SampleFormat::f32};
constexpr std::array kMetadataPolicies = {MetadataPolicy::keep, MetadataPolicy::replace,
                                          MetadataPolicy::strip};

/// Sets `target` to the value with the name `text`. False if there is none.
template <class Values, class Target>
bool read_named(const Values& values, string_view text, Target& target) {
  const auto name = base::lower_case(text);
  const auto found = std::find_if(values.begin(), values.end(), [&](auto v) { return to_string(v) == name; });
  if (found != values.end()) target = *found;
  return found != values.end();
}

template <class Values, class Value>
bool is_one_of(const Values& values, Value value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

constexpr OptionRow kFormatRow = {
    {"format", "text", "the name of a format or one of its extensions", "the target format"},
    "format",
    "mp3",
    [](OutputSpec& spec, string_view text) {
      spec.format = text;
      return !text.empty();
    },
    [](const OutputSpec& spec) { return !spec.format.empty(); },
    [](const OutputSpec& spec) { return is_name(spec.format, true); },
    [](base::JsonWriter& json, const OutputSpec& spec) { json.text(spec.format); }};

constexpr OptionRow kAudioCodecRow = {
    {"audio_codec", "text", "one of the format's codecs, or copy", "how to encode; copy: never encode"},
    "codec",
    "aac",
    [](OutputSpec& spec, string_view text) {
      spec.audio_codec = base::lower_case(text);
      return !text.empty();
    },
    [](const OutputSpec& spec) { return !spec.audio_codec.empty(); },
    [](const OutputSpec& spec) { return is_name(spec.audio_codec, false); },
    [](base::JsonWriter& json, const OutputSpec& spec) { json.text(spec.audio_codec); }};

constexpr OptionRow kSampleFormatRow = {
    {"sample_format", "text", "s16, s24, s32 or f32", "how samples are stored: bits, integer or float"},
    "sample_format",
    "s24",
    [](OutputSpec& spec, string_view text) { return read_named(kSampleFormats, text, spec.sample_format); },
    [](const OutputSpec& spec) { return spec.sample_format.has_value(); },
    [](const OutputSpec& spec) { return is_one_of(kSampleFormats, *spec.sample_format); },
    [](base::JsonWriter& json, const OutputSpec& spec) { json.text(to_string(*spec.sample_format)); }};

constexpr OptionRow kMetadataRow = {
    {"metadata", "text", "keep, replace or strip", "what to do with tags, cover art and chapters"},
    "metadata",
    "strip",
    [](OutputSpec& spec, string_view text) { return read_named(kMetadataPolicies, text, spec.metadata); },
    [](const OutputSpec& spec) { return spec.metadata != MetadataPolicy::keep; },
    [](const OutputSpec& spec) { return is_one_of(kMetadataPolicies, spec.metadata); },
    [](base::JsonWriter& json, const OutputSpec& spec) { json.text(to_string(spec.metadata)); }};

constexpr OptionRow kTagsRow = {
    {"tags", "object", "up to 256 texts by lower-case names; an empty text removes the tag",
     "tags to add or to change"},
    "tags",
    "tags.title=Song",
    [](OutputSpec&, string_view) { return false; },  // set_tag sets them one by one
    [](const OutputSpec& spec) { return !spec.tags.empty(); },
    [](const OutputSpec& spec) { return spec.tags.size() <= kMaxTags; },
    [](base::JsonWriter& json, const OutputSpec& spec) {
      json.begin_object();
      for (const auto& [name, value] : spec.tags) json.key(name).text(value);
      json.end_object();
    }};

constexpr OptionRow kEntryRow = {
    {"entry", "text", "the name of one entry, up to 4096 bytes of UTF-8 without control characters",
     "extract this one entry of the input archive"},
    "entry",
    "folder/file.txt",
    [](OutputSpec& spec, string_view text) {
      spec.entry = text;
      return !text.empty();
    },
    [](const OutputSpec& spec) { return !spec.entry.empty(); },
    [](const OutputSpec& spec) {
      return spec.entry.size() <= kMaxEntryBytes && base::is_clean_text(spec.entry);
    },
    [](base::JsonWriter& json, const OutputSpec& spec) { json.text(spec.entry); }};

using Spec = OutputSpec;
constexpr std::array kOptionTable = {
    kFormatRow,
    kAudioCodecRow,
    number_row<&Spec::audio_bitrate, read_bitrate, 6'000, 5'000'000>(
        {"audio_bitrate", "integer", "6000 to 5000000 bits per second", "constant or average bit rate"},
        "192k", "bitrate"),
    number_row<&Spec::audio_quality, read_number, 0, 10>(
        {"audio_quality", "number", "0 (smallest) to 10 (best)", "variable bit rate"}, "6", "quality"),
    number_row<&Spec::sample_rate, read_sample_rate, 8'000, 768'000>(
        {"sample_rate", "integer", "8000 to 768000 (Hz)", "samples per second"}, "44.1k"),
    number_row<&Spec::channels, read_channels, 1, 8>(
        {"channels", "integer", "1 to 8, mono, stereo, 5.1 or 7.1",
         "number of channels; fewer than in the source: a downmix"},
        "2"),
    kSampleFormatRow,
    time_row<&Spec::start>(
        {"start", "time", "0 to 10000 hours, as seconds, M:S or H:M:S", "cut what is before this time"}),
    time_row<&Spec::end>({"end", "time", "0 to 10000 hours, as seconds, M:S or H:M:S",
                          "cut what is after this time of the source"}),
    number_row<&Spec::volume, read_volume, 0, 64>(
        {"volume", "number", "0 to 64, as a factor or in dB", "factor on the samples"}, "-6dB"),
    number_row<&Spec::loudness, read_loudness, -70, -5>(
        {"loudness", "number", "-70 to -5 (LUFS)", "integrated loudness by EBU R128, in two passes"}, "-16"),
    number_row<&Spec::true_peak, read_peak, -9, 0>(
        {"true_peak", "number", "-9 to 0 (dBTP)", "ceiling with loudness; default: -1"}, "-1"),
    number_row<&Spec::audio_track, read_integer, 0, std::numeric_limits<int>::max()>(
        {"audio_track", "integer", "0 or more",
         "the audio stream, counted from 0; default: the file's default stream"},
        "0", "track"),
    kMetadataRow,
    kTagsRow,
    number_row<&Spec::level, read_integer, 0, 19>(
        {"level", "integer", "0 (fast) to 9 (small); flac to 12, zst to 19", "compression"}, "6"),
    kEntryRow,
};

Error invalid_tag(string_view name, string_view what) {
  return {Errc::invalid_argument, fmt::format("tags.{} {}", name, what)};
}

}  // namespace

std::span<const OptionRow> option_rows() noexcept { return kOptionTable; }

const OptionRow* find_option(string_view name) noexcept {
  const auto found = std::find_if(kOptionTable.begin(), kOptionTable.end(), [&](const OptionRow& row) {
    return row.option.name == name || row.stored_name == name;
  });
  return found == kOptionTable.end() ? nullptr : &*found;
}

Error invalid_value(const OptionRow& row) {
  return {Errc::invalid_argument,
          fmt::format("{} must be {}, such as {}.", row.option.name, row.option.allowed, row.example)};
}

Error invalid_value(const OptionRow& row, string_view text) {
  return {Errc::invalid_argument, fmt::format("{} must be {}, such as {}, not {}.", row.option.name,
                                              row.option.allowed, row.example, base::in_quotes(text))};
}

Result<void> set_tag(OutputSpec& spec, string_view name, string_view value) {
  auto lower = base::lower_case(name);
  CONVERT_TRY(check_tag(lower, value));
  if (spec.tags.size() >= kMaxTags && !spec.tags.contains(lower)) return invalid_value(*find_option("tags"));
  spec.tags.insert_or_assign(std::move(lower), std::string(value));
  return {};
}

Result<void> check_tag(string_view name, string_view value) {
  if (name.empty()) {
    return Error{Errc::invalid_argument, "A tag needs a name, such as tags.title=Song."};
  }
  const bool lower = name == base::lower_case(name);
  if (name.size() > kMaxTagNameBytes || !lower || name.find('=') != string_view::npos ||
      !base::is_clean_text(name)) {
    return Error{
        Errc::invalid_argument,
        fmt::format("The tag name {} is invalid: it must be at most {} bytes of UTF-8 in lower case, without "
                    "control characters and \"=\".",
                    base::in_quotes(name), kMaxTagNameBytes)};
  }
  if (value.size() > kMaxTagValueBytes) {
    return invalid_tag(name, fmt::format("has {} bytes; the limit is {}.", value.size(), kMaxTagValueBytes));
  }
  if (!base::is_clean_text(value, true)) {
    return invalid_tag(name, "must be UTF-8 without control characters other than line breaks and tabs.");
  }
  return {};
}

}  // namespace convert::library
