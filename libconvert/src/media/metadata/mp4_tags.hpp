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

/// Whether FFmpeg's "ipod" muxer can write this tag with this value.
bool ipod_muxer_writes(std::string_view generic, std::string_view value);

/// Delay and padding of encoded audio, in samples.
struct GaplessInfo {
  std::uint32_t delay = 0;
  std::uint32_t padding = 0;
  std::uint64_t samples = 0;  ///< samples between delay and padding
};

/// The value of the freeform tag "iTunSMPB".
std::string itunes_gapless(const GaplessInfo& gapless);

/// Adds a freeform atom "----:com.apple.iTunes:NAME" for each of `tags` to udta/meta/ilst. `moov` is a whole
/// box and the last one of its file. Adds missing boxes and corrects the sizes. Empty if `moov` is malformed
/// or would exceed 4 GiB.
std::optional<std::vector<std::byte>> add_freeform_tags(std::span<const std::byte> moov,
                                                        const std::map<std::string, std::string>& tags);

}  // namespace convert::media
