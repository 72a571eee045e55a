// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include "media/metadata/metadata.hpp"

namespace convert::media {

/// A whole ID3v2.4 tag: text frames (TXXX for what has no frame of its own), comment, lyrics, private frames,
/// pictures and chapters. Empty if there is nothing to say. FFmpeg's own writer is not used since it loses
/// the comment and the lyrics for players other than itself, and writes wrong sizes for long lists of
/// chapters.
std::vector<std::byte> id3v2_tag(const Metadata& metadata);

/// What every reader takes of a chapter's title, FFmpeg among them: it misreads the sizes of longer ones.
inline constexpr std::size_t kMaxId3ChapterTitle = 126;

}  // namespace convert::media
