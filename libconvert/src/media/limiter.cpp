// SPDX-License-Identifier: MIT
#include "media/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace convert::media {
namespace {

constexpr double attack_seconds = 0.005;
constexpr double release_seconds = 0.1;
// Interpolating sound whose gain moves is not the same as moving the gain of interpolated sound.
constexpr double margin_decibels = 0.04;

std::size_t attack_frames(int sample_rate) {
  // At low sample rates 5 ms would be few frames, and so steep that the margin above would not do.
  return std::max<std::size_t>(128, static_cast<std::size_t>(attack_seconds * sample_rate));
}

}  // namespace

GainEnvelope::GainEnvelope(std::size_t attack_frames, std::size_t hold_frames, double release_frames)
    : window_(attack_frames + 1 + 2 * hold_frames),
      delay_(attack_frames - 1 + hold_frames),
      rise_(1 - std::exp(-1 / release_frames)),
      needs_(window_ + 1),
      quiet_frames_(window_ + delay_ + 1),
      // Two means one after the other: the gain bends smoothly where one would give it corners.
      first_box_(attack_frames / 2),
      second_box_(attack_frames - attack_frames / 2 + 1) {}

double GainEnvelope::Box::next(double value) {
  sum_ += value - values_[position_];
  values_[position_] = value;
  position_ = position_ + 1 == values_.size() ? 0 : position_ + 1;
  return sum_ / static_cast<double>(values_.size());
}

double GainEnvelope::lowest(double needed) {
  const auto at = [this](std::size_t index) -> Need& { return needs_[(first_ + index) % needs_.size()]; };
  while (count_ > 0 && at(count_ - 1).gain >= needed) --count_;
  at(count_++) = {frame_, needed};
  if (at(0).frame + window_ <= frame_) {
    first_ = (first_ + 1) % needs_.size();
    --count_;
  }
  ++frame_;
  return at(0).gain;
}

double GainEnvelope::next(double needed) {
  constexpr double as_good_as_one = 1 - 1e-6;
  const double most = lowest(needed);
  const double risen = held_ + (1 - held_) * rise_;
  held_ = std::min(most, risen > as_good_as_one ? 1.0 : risen);
  quiet_frames_ = held_ < 1 ? 0 : quiet_frames_ + 1;
  return second_box_.next(first_box_.next(held_));
}

PeakLimiter::PeakLimiter(const LimiterSettings& settings)
    : interpolator_(settings.sample_rate),
      // What is interpolated at a peak depends on its neighbours: they get the gain of the peak too.
      envelope_(attack_frames(settings.sample_rate), PeakInterpolator::after,
                release_seconds * settings.sample_rate),
      gain_(static_cast<float>(settings.gain)),
      ceiling_(std::pow(10, (settings.ceiling - margin_decibels) / 20)),
      latency_(envelope_.delay() + PeakInterpolator::after),
      to_skip_(latency_),
      to_flush_(latency_),
      lines_(settings.channels, std::vector<float>(latency_ + block)),
      levels_(block),
      gains_(block) {}

std::size_t PeakLimiter::process(std::span<const float* const> in, std::size_t frames,
                                 std::span<float* const> out) {
  std::size_t written = 0;
  for (std::size_t done = 0; done < frames;) {
    const std::size_t count = std::min(block, frames - done);
    bool loud = false;
    for (std::size_t channel = 0; channel < lines_.size(); ++channel) {
      loud |= fill(in[channel] + done, lines_[channel], count);
    }
    written += run(count, loud, out, written);
    done += count;
  }
  return written;
}

std::size_t PeakLimiter::flush(std::span<float* const> out, std::size_t room) {
  std::size_t written = 0;
  while (to_flush_ > 0 && written < room) {
    const std::size_t count = std::min({block, to_flush_, to_skip_ + room - written});
    bool loud = false;
    for (auto& line : lines_) loud |= fill(nullptr, line, count);
    written += run(count, loud, out, written);
    to_flush_ -= count;
  }
  return written;
}

/// Puts new samples, or silence, behind the old ones; returns whether any of them may pass the ceiling.
bool PeakLimiter::fill(const float* plane, std::vector<float>& line, std::size_t count) const {
  float* const fresh = line.data() + latency_;
  float highest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float sample = plane == nullptr ? 0.0F : plane[i] * gain_;
    fresh[i] = std::isfinite(sample) ? sample : 0.0F;
  }
  for (const float* sample = fresh - PeakInterpolator::before - PeakInterpolator::after;
       sample != fresh + count; ++sample) {
    highest = std::max(highest, std::abs(*sample));
  }
  return highest * interpolator_.bound() > ceiling_;
}

/// Turns the oldest `count` frames in the lines into output and moves the others up.
std::size_t PeakLimiter::run(std::size_t count, bool loud, std::span<float* const> out, std::size_t offset) {
  std::fill_n(levels_.begin(), count, 0.0F);
  if (loud) {
    for (const auto& line : lines_) {
      interpolator_.raise(line.data() + latency_ - PeakInterpolator::after, count, levels_.data());
    }
  }
  if (!loud && envelope_.idle()) {
    std::fill_n(gains_.begin(), count, 1.0F);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      const double level = levels_[i];
      gains_[i] = static_cast<float>(envelope_.next(level > ceiling_ ? ceiling_ / level : 1));
    }
  }
  const std::size_t skipped = std::min(to_skip_, count);
  for (std::size_t channel = 0; channel < lines_.size(); ++channel) {
    auto& line = lines_[channel];
    for (std::size_t i = skipped; i < count; ++i) out[channel][offset + i - skipped] = line[i] * gains_[i];
    std::copy_n(line.begin() + static_cast<std::ptrdiff_t>(count), latency_, line.begin());
  }
  to_skip_ -= skipped;
  return count - skipped;
}

}  // namespace convert::media
