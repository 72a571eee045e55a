// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <convert/format.hpp>

#include "media/metadata/metadata.hpp"

// Where each format puts what goes with the sound, and what it has no place for.

namespace convert::media {

enum class MetadataLayout {
  none,
  id3_at_start,  ///< an ID3v2 tag before the sound: mp3, aac
  id3_at_end,    ///< in a chunk after the sound: wav, aiff
  mp4,
  ogg,
  flac,
  asf,
  matroska,
};

MetadataLayout metadata_layout_of(const Format& format) noexcept;

/// Whether RIFF's list of INFO has a place for the tag.
bool riff_info_supports(std::string_view generic) noexcept;

/// Whether `metadata` needs a chunk of its own in a WAV file: it holds more than INFO can say. FFmpeg reads
/// one of both only, and INFO first; so it is one or the other.
bool wav_needs_id3(const Metadata& metadata) noexcept;

/// Whether `format` can say this tag with this value.
bool supports_tag(const Format& format, bool forward, std::string_view generic, std::string_view value);

/// Whether it can hold this picture; `forward`: the Writer cannot seek.
bool supports_cover(const Format& format, bool forward, const Cover& cover);

/// How many chapters it can hold.
std::size_t max_chapters(const Format& format, bool forward);

}  // namespace convert::media
