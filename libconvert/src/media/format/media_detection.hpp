// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
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

}  // namespace convert::media
