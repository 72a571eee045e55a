// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "media/metadata/metadata.hpp"

namespace convert::media {

/// A complete ID3v2.4 tag: text frames (TXXX for tags without a frame of their own), comment, lyrics, private
/// frames, pictures and chapters. Empty if there is no metadata. FFmpeg's own writer is not used: other
/// players do not find its comment and lyrics, and it writes wrong sizes for long chapter lists.
std::vector<std::byte> id3v2_tag(const Metadata& metadata);

/// Longest chapter title that all readers accept. FFmpeg misreads the sizes of longer ones.
inline constexpr std::size_t kMaxId3ChapterTitle = 126;

}  // namespace convert::media
