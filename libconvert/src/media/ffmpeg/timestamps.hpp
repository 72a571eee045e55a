// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

// Files may claim any time. What cannot be reckoned with stops at the end of the range instead of wrapping.

constexpr std::int64_t saturating_add(std::int64_t a, std::int64_t b) noexcept {
  using Range = std::numeric_limits<std::int64_t>;
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? Range::min() : Range::max()) : sum;
}

constexpr std::int64_t saturating_subtract(std::int64_t a, std::int64_t b) noexcept {
  using Range = std::numeric_limits<std::int64_t>;
  std::int64_t difference = 0;
  return __builtin_sub_overflow(a, b, &difference) ? (b < 0 ? Range::max() : Range::min()) : difference;
}

/// Without its fraction.
constexpr std::int64_t saturating_truncate(double value) noexcept {
  constexpr double kMaxMagnitude = 9.2e18;
  return static_cast<std::int64_t>(std::clamp(value, -kMaxMagnitude, kMaxMagnitude));
}

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
