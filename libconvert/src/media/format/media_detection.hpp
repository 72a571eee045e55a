// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// The result of `detect_container`.
struct DetectedContainer {
  const AVInputFormat* demuxer = nullptr;  ///< the most likely allowed demuxer, or null
  int score = 0;                           ///< 0 to 100
  bool reference = false;                  ///< a playlist or manifest that refers to other files or addresses
};

/// Inspects `head`, the first bytes of an input. `whole`: `head` is the complete input.
DetectedContainer detect_container(std::span<const std::byte> head, bool whole);

/// The length of the ID3v2 tag at the start of `head` (10 bytes suffice), or 0. Source: id3v2.4.0-structure,
/// section 3.1.
std::size_t id3v2_length(std::span<const std::byte> head) noexcept;

/// Whether PCM that starts with `head` may contain DTS or AC-3 (IEC 61937, or bare DTS sync words).
bool may_hide_bitstream(std::span<const std::byte> head) noexcept;

/// Whether an MP4 that starts with `head` has its index (moov) after the media data (mdat), so that it cannot
/// be read forward-only.
bool moov_is_after_mdat(std::span<const std::byte> head) noexcept;

/// The exact number of samples of an MP3, without delay and padding, from the LAME tag in its first frame;
/// empty if there is no such tag. `first_frame` starts after any ID3v2 tag. FFmpeg applies the end padding
/// only to seekable inputs. Source: "Mp3 Info Tag rev 1", gabriel.mp3-tech.org/mp3infotag.html.
std::optional<std::int64_t> lame_sample_count(std::span<const std::byte> first_frame) noexcept;

}  // namespace convert::media
