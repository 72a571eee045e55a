// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace convert::media {

/// Whether FFmpeg's "ipod" muxer writes this tag, with this value, as one of iTunes' own atoms or elsewhere.
bool ipod_muxer_writes(std::string_view generic, std::string_view value);

/// How much of an encoder's output is not sound, in samples.
struct GaplessInfo {
  std::uint32_t delay = 0;
  std::uint32_t padding = 0;
  std::uint64_t samples = 0;  ///< the sound between them
};

/// The text of the freeform tag "iTunSMPB".
std::string itunes_gapless(const GaplessInfo& gapless);

/// `moov`, a whole box and the last one of its file, with a freeform atom "----:com.apple.iTunes:NAME" for
/// each of `tags` (names as they are to be written) in udta/meta/ilst; boxes that are missing are added, and
/// sizes are put right. Nothing if `moov` is no well-formed box of that name, or would pass 4 GiB.
std::optional<std::vector<std::byte>> add_freeform_tags(std::span<const std::byte> moov,
                                                        const std::map<std::string, std::string>& tags);

}  // namespace convert::media
