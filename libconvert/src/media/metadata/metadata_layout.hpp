// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <convert/format.hpp>

#include "media/metadata/metadata.hpp"

// Where each format stores its metadata, and which metadata it cannot store.

namespace convert::media {

enum class MetadataLayout {
  none,
  id3_at_start,  ///< ID3v2 tag before the audio: mp3, aac
  id3_at_end,    ///< ID3v2 chunk after the audio: wav, aiff
  mp4,
  ogg,
  flac,
  asf,
  matroska,
};

MetadataLayout metadata_layout_of(const Format& format) noexcept;

/// Whether RIFF's INFO list has an entry for the tag.
bool riff_info_supports(std::string_view generic) noexcept;

/// Whether `metadata` needs an ID3v2 chunk in WAV because INFO cannot hold all of it. FFmpeg reads only one
/// of the two, INFO first; so only one is written.
bool wav_needs_id3(const Metadata& metadata) noexcept;

/// Whether `format` can store this tag with this value. `forward`: the Writer cannot seek.
bool supports_tag(const Format& format, bool forward, std::string_view generic, std::string_view value);

/// Whether `format` can store this picture.
bool supports_cover(const Format& format, bool forward, const Cover& cover);

/// Maximum number of chapters of `format`.
std::size_t max_chapters(const Format& format, bool forward);

}  // namespace convert::media
