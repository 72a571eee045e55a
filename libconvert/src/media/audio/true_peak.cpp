// SPDX-License-Identifier: MIT
#include "media/audio/true_peak.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace convert::media {
namespace {

int oversampling(int sample_rate) { return sample_rate < 96'000 ? 4 : sample_rate < 192'000 ? 2 : 1; }

/// A sinc under a Hann window of `reach` samples to either side.
double kernel(double distance, double reach) {
  if (std::abs(distance) >= reach) return 0;
  const double angle = std::numbers::pi * distance;
  return std::sin(angle) / angle * 0.5 * (1 + std::cos(angle / reach));
}

/// Several running maxima instead of one, so that the compiler can keep them in one vector register.
float highest_magnitude(const float* values, std::size_t count) {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> highest{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float level = std::abs(values[i + lane]);
      highest[lane] = level > highest[lane] ? level : highest[lane];
    }
  }
  for (; i < count; ++i) highest[0] = std::max(highest[0], std::abs(values[i]));
  return *std::max_element(highest.begin(), highest.end());
}

}  // namespace

PeakInterpolator::PeakInterpolator(int sample_rate) : factor_(oversampling(sample_rate)) {
  const std::size_t reach = factor_ == 4 ? 6 : 12;
  for (int number = 1; number < factor_; ++number) {
    const double position = static_cast<double>(number) / factor_;
    Phase phase{};
    float sum = 0;
    for (std::size_t tap = 0; tap < 2 * reach; ++tap) {
      const double distance = static_cast<double>(tap) - static_cast<double>(reach - 1) - position;
      phase[tap] = static_cast<float>(kernel(distance, static_cast<double>(reach)));
      sum += std::abs(phase[tap]);
    }
    phases_.push_back(phase);
    bound_ = std::max(bound_, sum);
  }
}

void PeakInterpolator::raise(const float* samples, std::size_t count, float* into) const {
  for (std::size_t i = 0; i < count; ++i) {
    const float level = std::abs(samples[i]);
    into[i] = level > into[i] ? level : into[i];
  }
  for (const auto& phase : phases_) {
    if (factor_ == 4) {
      raise<12>(phase, samples, count, into);
    } else {
      raise<24>(phase, samples, count, into);
    }
  }
}

template <std::size_t taps>
void PeakInterpolator::raise(const Phase& phase, const float* samples, std::size_t count, float* into) {
  // One output at a time with the taps unrolled inside: the compiler computes several outputs at once.
  for (std::size_t i = 0; i < count; ++i) {
    const float* const window = samples + i - (taps / 2 - 1);
    float sum = 0;
    for (std::size_t tap = 0; tap < taps; ++tap) sum += phase[tap] * window[tap];
    const float level = std::abs(sum);
    into[i] = level > into[i] ? level : into[i];
  }
}

TruePeak::TruePeak(int sample_rate)
    : interpolator_(sample_rate),
      samples_(kHistoryFrames + kBlockFrames + PeakInterpolator::kFramesAfter),
      levels_(kBlockFrames) {}

void TruePeak::add(std::span<const float> samples) {
  while (!samples.empty()) {
    const auto piece = samples.first(std::min(samples.size(), kBlockFrames));
    std::copy(piece.begin(), piece.end(), samples_.begin() + kHistoryFrames);
    scan(piece.size());
    const auto keep = samples_.begin() + static_cast<std::ptrdiff_t>(piece.size());
    std::copy(keep, keep + kHistoryFrames, samples_.begin());
    samples = samples.subspan(piece.size());
  }
}

void TruePeak::scan(std::size_t count) {
  const float samples_highest = highest_magnitude(samples_.data(), kHistoryFrames + count);
  // Most blocks of most music cannot hold the highest peak: skip their interpolation.
  if (samples_highest * interpolator_.bound() <= highest_) return;
  std::fill_n(levels_.begin(), count, 0.0F);
  interpolator_.raise(samples_.data() + PeakInterpolator::kFramesBefore, count, levels_.data());
  highest_ = std::max({highest_, samples_highest, highest_magnitude(levels_.data(), count)});
}

float TruePeak::value() const {
  TruePeak rest = *this;
  rest.add(std::array<float, PeakInterpolator::kFramesAfter>{});
  return rest.highest_;
}

}  // namespace convert::media
