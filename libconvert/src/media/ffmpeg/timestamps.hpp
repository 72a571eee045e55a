// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

/// Samples to leave out at the begin and the end of a packet, as its container said.
struct SkipSamples {
  std::uint32_t start = 0;
  std::uint32_t end = 0;
};

/// What AV_PKT_DATA_SKIP_SAMPLES of a packet says, or zeros.
SkipSamples read_skip_samples(const AVPacket& packet);

/// How many samples a packet decodes to, nothing left out; 0: it does not say.
std::int64_t packet_sample_count(const AVCodecParameters& parameters, const AVPacket& packet);

}  // namespace convert::media
