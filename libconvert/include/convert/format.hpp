// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <convert/export.hpp>

namespace convert {

enum class Family : std::uint8_t { audio, video, image, archive };

/// "audio", "video", "image" or "archive".
CONVERT_API std::string_view to_string(Family family) noexcept;

/// What a format can hold besides the audio, the pictures or the files themselves. A conversion reports what
/// the target cannot hold as lost; it never drops anything silently.
struct FormatCapabilities {
  bool tags = false;             ///< any tag; formats with a fixed list of tags also set `known_tags_only`
  bool known_tags_only = false;  ///< only the tags that the format defines
  bool cover_art = false;
  bool chapters = false;
  bool gapless = false;          ///< stores the encoder's delay and padding, so that players can cut them off
  bool start_offset = false;     ///< a stream may start later than the others
  bool multiple_inputs = false;  ///< an archive: takes any number of inputs
};

/// What happens when the Writer is forward-only.
enum class ForwardOnlySupport : std::uint8_t {
  complete,  ///< the output is complete
  reduced,   ///< the output lacks what `Format::forward_only_missing` names
  spooled,   ///< the output goes to an unnamed temporary file first
};

/// The valid values of one option for one codec of a format. `validate(spec, format)` checks them before a
/// conversion is planned, started or submitted.
struct OptionRange {
  std::string_view option;                     ///< name of a SpecOption: "audio_bitrate"
  std::string_view codec;                      ///< the codec that the row is about; empty: the whole format
  double min = 0;                              ///< smallest valid number
  double max = 0;                              ///< largest valid number
  std::span<const std::string_view> values{};  ///< if not empty, the only valid values: "44100", "s16"
  std::string_view unit{};                     ///< "bit/s", "Hz" or empty
};

/// A row of the format table. Everything that it points to lives as long as its Converter (static storage for
/// the built-in formats).
struct Format {
  std::string_view name;   ///< "m4a": unique, lower case; the value of `OutputSpec::format`
  std::string_view title;  ///< "MPEG-4 audio"
  Family family = Family::audio;
  std::span<const std::string_view> extensions;  ///< without a dot, the usual one first
  std::string_view mime_type;
  bool readable = false;                      ///< usable as an input
  bool writable = false;                      ///< usable as an output
  std::span<const std::string_view> codecs;   ///< names of the codecs that it can hold, the default first
  std::span<const std::string_view> options;  ///< names of the OutputSpec fields that apply to it
  FormatCapabilities capabilities;
  ForwardOnlySupport forward_only = ForwardOnlySupport::complete;
  std::string_view forward_only_missing;  ///< e.g. "the Xing header: players guess the length"
  /// Exact ranges of its options. If there are rows for an option, it applies only to the codecs that have a
  /// row. Options without rows have the range of `SpecOption::allowed`.
  std::span<const OptionRange> option_ranges{};
};

/// The format with that name or extension (any case, with or without a leading dot), or null. "tar.gz" and
/// "tgz" are extensions too. Thread-safe.
CONVERT_API const Format* find_format(std::span<const Format> formats, std::string_view name) noexcept;

/// The format for a file name's extension, or null. The longest extension wins: "a.tar.gz" is "tar.gz".
/// Thread-safe.
CONVERT_API const Format* format_for_file_name(std::span<const Format> formats,
                                               std::string_view file_name) noexcept;

}  // namespace convert
