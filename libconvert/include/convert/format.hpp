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

/// What a format can carry besides the sound, the pictures or the files themselves.
/// What it cannot carry is reported as lost, never dropped in silence.
struct FormatCapabilities {
  bool tags = false;  ///< any tag; formats with a fixed list of tags say `known_tags_only` too
  bool known_tags_only = false;
  bool cover_art = false;
  bool chapters = false;
  bool gapless = false;          ///< says how much of the encoder's delay and padding to cut away
  bool start_offset = false;     ///< a stream may begin after the others
  bool multiple_inputs = false;  ///< made of any number of inputs: an archive of files
};

/// What happens when the Writer is forward-only.
enum class ForwardOnlySupport : std::uint8_t {
  complete,  ///< nothing is missing
  reduced,   ///< written, without what `Format::forward_only_missing` names
  spooled,   ///< written to an unnamed temporary file first
};

/// A row of the visible table of formats. Everything it points to lives as long as its Converter
/// (static storage, for the built-in ones).
struct Format {
  std::string_view name;   ///< "m4a": unique, lower case; what `OutputSpec::format` names
  std::string_view title;  ///< "MPEG-4 audio"
  Family family = Family::audio;
  std::span<const std::string_view> extensions;  ///< without a dot, the usual one first
  std::string_view mime_type;
  bool readable = false;                      ///< may be an input
  bool writable = false;                      ///< may be an output
  std::span<const std::string_view> codecs;   ///< codecs it can hold, by name, its default first
  std::span<const std::string_view> options;  ///< the fields of `OutputSpec` that mean something to it
  FormatCapabilities capabilities;
  ForwardOnlySupport forward_only = ForwardOnlySupport::complete;
  std::string_view forward_only_missing;  ///< e.g. "the Xing header: players guess the length"
};

/// The format with that name or extension (any case, a leading dot allowed), or null. "tar.gz" and "tgz" are
/// extensions too. Thread-safe.
CONVERT_API const Format* find_format(std::span<const Format> formats, std::string_view name) noexcept;

/// The format that a file name's extension means ("a.tar.gz": the longest that fits), or null. Thread-safe.
CONVERT_API const Format* format_for_file_name(std::span<const Format> formats,
                                               std::string_view file_name) noexcept;

}  // namespace convert
