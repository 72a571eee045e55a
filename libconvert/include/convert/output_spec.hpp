// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/export.hpp>
#include <convert/format.hpp>
#include <convert/result.hpp>

namespace convert {

/// How samples are stored by codecs that leave a choice (wav, aiff, flac, alac, mka with PCM).
enum class SampleFormat : std::uint8_t { s16, s24, s32, f32 };

/// What becomes of tags, cover art and chapters.
enum class MetadataPolicy : std::uint8_t {
  keep,     ///< all that the target can hold; `tags` are added or override
  replace,  ///< only `tags`
  strip,    ///< none
};

CONVERT_API std::string_view to_string(SampleFormat value) noexcept;
CONVERT_API std::string_view to_string(MetadataPolicy value) noexcept;

/// What is wanted. Only `format` has to be said; everything left empty means "as the source has it, or
/// the format's default". A plain value: copy it, store it, compare it.
struct OutputSpec {
  std::string format{};  ///< a `Format::name` or one of its extensions; any case, a leading dot is allowed

  // Sound.
  std::string audio_codec{};                    ///< a name from `Format::codecs`, or "copy": never encode
  std::optional<std::int64_t> audio_bitrate{};  ///< bits per second, 6,000 to 5,000,000
  std::optional<double> audio_quality{};        ///< variable bit rate: 0 (smallest) to 10 (best)
  std::optional<int> sample_rate{};             ///< Hz
  std::optional<int> channels{};  ///< 1 to 8; fewer than the source has: a downmix (ITU-R BS.775)
  std::optional<SampleFormat> sample_format{};
  std::optional<std::chrono::nanoseconds> start{};  ///< cut what is before; to the nearest sample
  std::optional<std::chrono::nanoseconds> end{};    ///< cut what is after; counted from the source's begin
  std::optional<double> volume{};                   ///< factor on the samples: 0.5 is about -6 dB
  std::optional<double> loudness{};   ///< integrated loudness in LUFS, EBU R128, two passes: -70 to -5
  std::optional<double> true_peak{};  ///< ceiling with `loudness`, in dBTP: -9 to 0; -1 if not said
  std::optional<int> audio_track{};   ///< which audio stream, counted from 0; else the default one

  // Metadata.
  MetadataPolicy metadata = MetadataPolicy::keep;
  std::map<std::string, std::string> tags{};  ///< lower-case names: title, artist, album, ...; "" removes one

  // Archives, and codecs with levels.
  std::optional<int> level{};  ///< compression: 0 (fast) to 9 (small); flac to 12, zst to 19
  std::string entry{};         ///< take this one entry out of the input archive

  bool operator==(const OutputSpec&) const = default;
};

/// One field of OutputSpec, as people meet it: in `key=value`, in JSON, in a server's list of formats.
struct SpecOption {
  std::string_view name;     ///< "sample_rate"
  std::string_view type;     ///< "integer", "number", "text", "time" or "object"
  std::string_view allowed;  ///< what it may be, as a phrase: "8000 to 768000 (Hz)"
  std::string_view meaning;  ///< one phrase
};

/// Every option that OutputSpec has. Static storage; thread-safe.
CONVERT_API std::span<const SpecOption> spec_options() noexcept;

/// Sets one field from text: `set(spec, "audio_bitrate", "192k")`, `set(spec, "start", "1:02.5")`,
/// `set(spec, "volume", "-6dB")`, `set(spec, "tags.title", "Song")`. On an error `spec` is unchanged.
/// Errors: `unsupported` (no such field; the message names those that are near),
/// `invalid_argument` (the message names the field and what it may be).
CONVERT_API Result<void> set_option(OutputSpec& spec, std::string_view name, std::string_view value);

/// Reads `key=value` words into one spec, as `set`.
CONVERT_API Result<OutputSpec> parse_options(std::span<const std::string> words);

/// Reads a JSON object with the same names; values may be JSON numbers or the texts that `set` takes,
/// `tags` an object of texts. Nested no deeper than two levels, at most 64 KiB. Errors as `set`.
CONVERT_API Result<OutputSpec> parse_spec(std::string_view json);

/// Canonical JSON: known order, no white space, nothing that says a default. Equal specs give equal text,
/// and `parse_spec(to_json(s)) == s`.
CONVERT_API std::string to_json(const OutputSpec& spec);

/// Checks every field by itself and against the others (range, `end` after `start`, `true_peak` without
/// `loudness`, `audio_bitrate` with `audio_quality`, ...). `parse_*`, `plan` and `convert` call it.
/// Errors: `invalid_argument`, naming the field and what it may be.
CONVERT_API Result<void> validate(const OutputSpec& spec);

/// As `validate(spec)`, and against one format: fields that mean nothing to it (`Format::options`) and
/// codecs that it cannot hold are refused by name.
CONVERT_API Result<void> validate(const OutputSpec& spec, const Format& format);

}  // namespace convert
