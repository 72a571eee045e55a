// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// What the first bytes of an input look like.
struct DetectedContainer {
  const AVInputFormat* demuxer = nullptr;  ///< the likeliest one that is allowed, or null
  int score = 0;                           ///< 0 to 100
  bool reference = false;                  ///< a list that names other files or addresses
};

/// Looks at `head` alone; `whole` says that the input has nothing more.
DetectedContainer detect_container(std::span<const std::byte> head, bool whole);

/// The length of the ID3v2 tag at the beginning of `head` (its first 10 bytes suffice), or 0.
/// Source: id3v2.4.0-structure, section 3.1.
std::size_t id3v2_length(std::span<const std::byte> head) noexcept;

/// Whether PCM that begins with `head` may be DTS or AC-3 in disguise (IEC 61937 or bare DTS sync words).
bool may_hide_bitstream(std::span<const std::byte> head) noexcept;

/// Whether an MP4 that begins with `head` has its index behind the sound, so that it cannot be read forwards.
bool moov_is_after_mdat(std::span<const std::byte> head) noexcept;

/// How many samples the sound of an MP3 has without the encoder's delay and padding, as its first frame says;
/// nothing if it does not say. FFmpeg applies the same tag, but its end only where it can seek.
/// `first_frame` begins behind any ID3v2 tag. Source: "Mp3 Info Tag rev 1",
/// gabriel.mp3-tech.org/mp3infotag.html.
std::optional<std::int64_t> lame_sample_count(std::span<const std::byte> first_frame) noexcept;

}  // namespace convert::media
