// SPDX-License-Identifier: MIT
#include "media/skips.hpp"

namespace convert::media {

Skips skips_of(const AVPacket& packet) {
  std::size_t size = 0;
  const std::uint8_t* data = av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
  constexpr std::size_t kNeeded = 8;
  if (data == nullptr || size < kNeeded) return {};
  const auto word = [&](int at) {
    return static_cast<std::uint32_t>(data[at]) | static_cast<std::uint32_t>(data[at + 1]) << 8U |
           static_cast<std::uint32_t>(data[at + 2]) << 16U | static_cast<std::uint32_t>(data[at + 3]) << 24U;
  };
  return {word(0), word(4)};
}

}  // namespace convert::media
