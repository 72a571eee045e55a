// SPDX-License-Identifier: MIT
#include "media/ffmpeg/timestamps.hpp"

#include <algorithm>
#include <array>

namespace convert::media {

namespace {

/// Samples at 48 kHz, from the first bytes of the packet (RFC 6716, 3.1 and 3.2).
std::int64_t opus_samples(const AVPacket& packet) {
  if (packet.size < 1) return 0;
  constexpr std::array<int, 4> silk{480, 960, 1'920, 2'880};
  constexpr std::array<int, 4> celt{120, 240, 480, 960};
  const unsigned mode = packet.data[0] >> 3U;
  const unsigned code = packet.data[0] & 3U;
  const int frame = mode < 12 ? silk[mode & 3U] : mode < 16 ? silk[mode & 1U] : celt[mode & 3U];
  if (code == 0) return frame;
  if (code < 3) return std::int64_t{2} * frame;
  return packet.size < 2 ? 0 : std::int64_t{frame} * (packet.data[1] & 63U);
}

}  // namespace

SkipSamples read_skip_samples(const AVPacket& packet) {
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

std::int64_t packet_sample_count(const AVCodecParameters& parameters, const AVPacket& packet) {
  if (parameters.codec_id == AV_CODEC_ID_OPUS) return opus_samples(packet);
  AVCodecParameters unchanged = parameters;
  return std::max(av_get_audio_frame_duration2(&unchanged, packet.size), 0);
}

}  // namespace convert::media
