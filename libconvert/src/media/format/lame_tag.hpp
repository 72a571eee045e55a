// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace convert::media {

/// How many samples the sound of an MP3 has without the encoder's delay and padding, as its first frame says;
/// nothing if it does not say. FFmpeg applies the same tag, but its end only where it can seek.
/// `first_frame` begins behind any ID3v2 tag. Source: "Mp3 Info Tag rev 1",
/// gabriel.mp3-tech.org/mp3infotag.html.
std::optional<std::int64_t> lame_sample_count(std::span<const std::byte> first_frame) noexcept;

}  // namespace convert::media
