// SPDX-License-Identifier: MIT
#include "media/audio/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace convert::media {
namespace {

constexpr double kAttackSeconds = 0.005;
constexpr double kReleaseSeconds = 0.1;
// Interpolation and a moving gain do not commute exactly: keep a margin.
constexpr double kMarginDecibels = 0.04;

std::size_t attack_frames(int sample_rate) {
  // At low sample rates 5 ms would be few frames, and too steep for the margin above.
  return std::max<std::size_t>(128, static_cast<std::size_t>(kAttackSeconds * sample_rate));
}

}  // namespace

GainEnvelope::GainEnvelope(std::size_t attack_frames, std::size_t hold_frames, double release_frames)
    : window_(attack_frames + 1 + 2 * hold_frames),
      delay_(attack_frames - 1 + hold_frames),
      release_(1 - std::exp(-1 / release_frames)),
      required_gains_(window_ + 1),
      idle_frames_(window_ + delay_ + 1),
      // Two moving averages in series: the gain curve has no corners.
      first_average_(attack_frames / 2),
      second_average_(attack_frames - attack_frames / 2 + 1) {}

double GainEnvelope::MovingAverage::next(double value) {
  sum_ += value - values_[position_];
  values_[position_] = value;
  position_ = position_ + 1 == values_.size() ? 0 : position_ + 1;
  return sum_ / static_cast<double>(values_.size());
}

double GainEnvelope::window_minimum(double required) {
  const auto at = [this](std::size_t index) -> RequiredGain& {
    return required_gains_[(first_ + index) % required_gains_.size()];
  };
  while (count_ > 0 && at(count_ - 1).gain >= required) --count_;
  at(count_++) = {frame_, required};
  if (at(0).frame + window_ <= frame_) {
    first_ = (first_ + 1) % required_gains_.size();
    --count_;
  }
  ++frame_;
  return at(0).gain;
}

double GainEnvelope::next(double required) {
  constexpr double kNearlyOne = 1 - 1e-6;
  const double allowed = window_minimum(required);
  const double released = current_gain_ + (1 - current_gain_) * release_;
  current_gain_ = std::min(allowed, released > kNearlyOne ? 1.0 : released);
  idle_frames_ = current_gain_ < 1 ? 0 : idle_frames_ + 1;
  return second_average_.next(first_average_.next(current_gain_));
}

PeakLimiter::PeakLimiter(const LimiterSettings& settings)
    : interpolator_(settings.sample_rate),
      // The interpolated value at a peak depends on its neighbours: they get the gain of the peak too.
      envelope_(attack_frames(settings.sample_rate), PeakInterpolator::kFramesAfter,
                kReleaseSeconds * settings.sample_rate),
      gain_(static_cast<float>(settings.gain)),
      ceiling_(std::pow(10, (settings.ceiling - kMarginDecibels) / 20)),
      latency_(envelope_.delay() + PeakInterpolator::kFramesAfter),
      to_skip_(latency_),
      to_flush_(latency_),
      delay_lines_(settings.channels, std::vector<float>(latency_ + kBlockFrames)),
      levels_(kBlockFrames),
      gains_(kBlockFrames) {}

std::size_t PeakLimiter::process(std::span<const float* const> in, std::size_t frames,
                                 std::span<float* const> out) {
  std::size_t written = 0;
  for (std::size_t done = 0; done < frames;) {
    const std::size_t count = std::min(kBlockFrames, frames - done);
    bool may_exceed = false;
    for (std::size_t channel = 0; channel < delay_lines_.size(); ++channel) {
      may_exceed |= fill(in[channel] + done, delay_lines_[channel], count);
    }
    written += run(count, may_exceed, out, written);
    done += count;
  }
  return written;
}

std::size_t PeakLimiter::flush(std::span<float* const> out, std::size_t capacity) {
  std::size_t written = 0;
  while (to_flush_ > 0 && written < capacity) {
    const std::size_t count = std::min({kBlockFrames, to_flush_, to_skip_ + capacity - written});
    bool may_exceed = false;
    for (auto& line : delay_lines_) may_exceed |= fill(nullptr, line, count);
    written += run(count, may_exceed, out, written);
    to_flush_ -= count;
  }
  return written;
}

/// Appends new samples, or silence; returns whether any of them may exceed the ceiling.
bool PeakLimiter::fill(const float* plane, std::vector<float>& line, std::size_t count) const {
  float* const fresh = line.data() + latency_;
  float highest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float sample = plane == nullptr ? 0.0F : plane[i] * gain_;
    fresh[i] = std::isfinite(sample) ? sample : 0.0F;
  }
  for (const float* sample = fresh - PeakInterpolator::kFramesBefore - PeakInterpolator::kFramesAfter;
       sample != fresh + count; ++sample) {
    highest = std::max(highest, std::abs(*sample));
  }
  return highest * interpolator_.bound() > ceiling_;
}

/// Outputs the oldest `count` frames of the delay lines and moves the others up.
std::size_t PeakLimiter::run(std::size_t count, bool may_exceed, std::span<float* const> out,
                             std::size_t offset) {
  std::fill_n(levels_.begin(), count, 0.0F);
  if (may_exceed) {
    for (const auto& line : delay_lines_) {
      interpolator_.raise(line.data() + latency_ - PeakInterpolator::kFramesAfter, count, levels_.data());
    }
  }
  if (!may_exceed && envelope_.is_idle()) {
    std::fill_n(gains_.begin(), count, 1.0F);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      const double level = levels_[i];
      gains_[i] = static_cast<float>(envelope_.next(level > ceiling_ ? ceiling_ / level : 1));
    }
  }
  const std::size_t skipped = std::min(to_skip_, count);
  for (std::size_t channel = 0; channel < delay_lines_.size(); ++channel) {
    auto& line = delay_lines_[channel];
    for (std::size_t i = skipped; i < count; ++i) out[channel][offset + i - skipped] = line[i] * gains_[i];
    std::copy_n(line.begin() + static_cast<std::ptrdiff_t>(count), latency_, line.begin());
  }
  to_skip_ -= skipped;
  return count - skipped;
}

}  // namespace convert::media
