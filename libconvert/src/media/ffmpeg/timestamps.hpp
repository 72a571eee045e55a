// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "media/ffmpeg/handles.hpp"

namespace convert::media {

// Arithmetic for untrusted timestamps: saturates at the ends of the range instead of overflowing.

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

/// Truncates towards zero; saturates.
constexpr std::int64_t saturating_truncate(double value) noexcept {
  constexpr double kMaxMagnitude = 9.2e18;
  return static_cast<std::int64_t>(std::clamp(value, -kMaxMagnitude, kMaxMagnitude));
}

/// Samples to skip at the start and the end of a packet, as the container declares them.
struct SkipSamples {
  std::uint32_t start = 0;
  std::uint32_t end = 0;
};

/// Reads AV_PKT_DATA_SKIP_SAMPLES; zeros if the packet has none.
SkipSamples read_skip_samples(const AVPacket& packet);

/// Number of samples that a packet decodes to, skipped ones included; 0 if unknown.
std::int64_t packet_sample_count(const AVCodecParameters& parameters, const AVPacket& packet);

}  // namespace convert::media
