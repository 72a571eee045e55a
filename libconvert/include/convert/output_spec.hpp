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

/// The sample type, for codecs that support several (wav, aiff, flac, alac, mka with PCM).
enum class SampleFormat : std::uint8_t { s16, s24, s32, f32 };

/// What happens to tags, cover art and chapters.
enum class MetadataPolicy : std::uint8_t {
  keep,     ///< keep all that the target can hold; `tags` add or override
  replace,  ///< only `tags`
  strip,    ///< no metadata
};

CONVERT_API std::string_view to_string(SampleFormat value) noexcept;
CONVERT_API std::string_view to_string(MetadataPolicy value) noexcept;

/// The requested output. Only `format` is required; an empty field means "as in the source, or the format's
/// default". A plain value: copy it, store it, compare it.
struct OutputSpec {
  std::string format{};  ///< a `Format::name` or one of its extensions; any case, a leading dot is allowed

  // Audio.
  std::string audio_codec{};                    ///< a name from `Format::codecs`, or "copy": never encode
  std::optional<std::int64_t> audio_bitrate{};  ///< bits per second, 6,000 to 5,000,000
  std::optional<double> audio_quality{};        ///< variable bit rate: 0 (smallest) to 10 (best)
  std::optional<int> sample_rate{};             ///< Hz
  std::optional<int> channels{};                ///< 1 to 8; fewer than the source: a downmix (ITU-R BS.775)
  std::optional<SampleFormat> sample_format{};
  std::optional<std::chrono::nanoseconds> start{};  ///< trims what is before; to the nearest sample
  std::optional<std::chrono::nanoseconds> end{};    ///< trims what is after; from the source\'s start
  std::optional<double> volume{};                   ///< factor applied to the samples: 0.5 is about -6 dB
  std::optional<double> loudness{};                 ///< integrated, in LUFS, EBU R128, two passes: -70 to -5
  std::optional<double> true_peak{};                ///< limit with `loudness`, in dBTP: -9 to 0; default -1
  std::optional<int> audio_track{};  ///< which audio stream, counted from 0; default: the file's

  // Metadata.
  MetadataPolicy metadata = MetadataPolicy::keep;
  std::map<std::string, std::string> tags{};  ///< lower-case names: title, artist, album, ...; "" removes one

  // Archives, and codecs with levels.
  std::optional<int> level{};  ///< compression: 0 (fast) to 9 (small); flac to 12, zst to 19
  std::string entry{};         ///< extracts this entry of the input archive

  bool operator==(const OutputSpec&) const = default;
};

/// A field of OutputSpec as users see it: in `key=value`, in JSON, in a server's list of formats.
struct SpecOption {
  std::string_view name;     ///< "sample_rate"
  std::string_view type;     ///< "integer", "number", "text", "time" or "object"
  std::string_view allowed;  ///< the allowed values, as a phrase: "8000 to 768000 (Hz)"
  std::string_view meaning;  ///< one phrase
};

/// Every option of OutputSpec. Static storage; thread-safe.
CONVERT_API std::span<const SpecOption> spec_options() noexcept;

/// Sets one field from text: `set_option(spec, "audio_bitrate", "192k")`, `set_option(spec, "start",
/// "1:02.5")`, `set_option(spec, "volume", "-6dB")`, `set_option(spec, "tags.title", "Song")`. The short
/// names `codec`, `bitrate`, `quality` and `track` mean the audio fields. On an error `spec` is unchanged.
/// Errors: `unsupported` (unknown name; the message suggests similar ones), `invalid_argument` (the message
/// names the field and its allowed values).
CONVERT_API Result<void> set_option(OutputSpec& spec, std::string_view name, std::string_view value);

/// Parses `key=value` words into one spec. Errors: those of `set_option`.
CONVERT_API Result<OutputSpec> parse_options(std::span<const std::string> words);

/// Parses a JSON object with the names of `set_option`. Values are JSON numbers or the texts that
/// `set_option` takes; `tags` is an object of texts. At most two levels deep and 64 KiB long. Errors: those
/// of `set_option`.
CONVERT_API Result<OutputSpec> parse_spec(std::string_view json);

/// Canonical JSON: fixed order, no white space, no defaults. Writes the short names of the audio fields,
/// which stored jobs use. Equal specs give equal text, and `parse_spec(to_json(s)) == s`.
CONVERT_API std::string to_json(const OutputSpec& spec);

/// Checks each field alone and in combination (range, `end` after `start`, `true_peak` without `loudness`,
/// `audio_bitrate` with `audio_quality`, ...). `parse_*`, `plan` and `convert` call it. Errors:
/// `invalid_argument`; the message names the field and its allowed values.
CONVERT_API Result<void> validate(const OutputSpec& spec);

/// As `validate(spec)`, and checks against one format: refuses fields that do not apply to it
/// (`Format::options`) and codecs that it cannot hold.
CONVERT_API Result<void> validate(const OutputSpec& spec, const Format& format);

}  // namespace convert
