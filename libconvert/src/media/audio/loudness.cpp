// SPDX-License-Identifier: MIT
#include "media/audio/loudness.hpp"

#include <ebur128.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <new>
#include <stdexcept>

namespace convert::media {
namespace {

constexpr std::size_t kBlockFrames = 4096;

// dB; the limiter takes at most the excess of the highest peak, so less than this needs no second
// measurement.
constexpr double kHarmlessExcess = 0.4;
// dB; more extra gain would distort music without making it much louder.
constexpr double kMaxExtraGain = 6;

ebur128_state* state_of(void* handle) { return static_cast<ebur128_state*>(handle); }

int channel_weight(ChannelRole role) {
  switch (role) {
    case ChannelRole::surround:
      return EBUR128_Mp110;
    case ChannelRole::back:
      return EBUR128_Mp135;
    case ChannelRole::lfe:
      return EBUR128_UNUSED;
    case ChannelRole::front:
      break;
  }
  return EBUR128_Mp030;
}

double decibels(double linear) { return 20 * std::log10(linear); }
double factor(double decibels) { return std::pow(10, decibels / 20); }

double excess_of(const Measurement& source, const LoudnessTarget& target, double gain) {
  return source.true_peak ? *source.true_peak + gain - target.ceiling : -1;
}

}  // namespace

void LoudnessMeter::Destroy::operator()(void* handle) const {
  auto* state = state_of(handle);
  ebur128_destroy(&state);
}

LoudnessMeter::LoudnessMeter(int sample_rate, std::span<const ChannelRole> roles)
    : channels_(roles.size()),
      interleaved_(kBlockFrames * roles.size()),
      clean_(kBlockFrames),
      peaks_(roles.size(), TruePeak(sample_rate)) {
  if (roles.empty() || roles.size() > 64 || sample_rate < 16 || sample_rate > 2'822'400) {
    throw std::invalid_argument("LoudnessMeter: 1 to 64 channels, 16 to 2822400 Hz");
  }
  // The histogram keeps memory constant at any length, and costs less than 0.05 LU of precision.
  state_.reset(ebur128_init(static_cast<unsigned>(channels_), static_cast<unsigned long>(sample_rate),
                            EBUR128_MODE_I | EBUR128_MODE_HISTOGRAM));
  if (!state_) throw std::bad_alloc();
  for (unsigned channel = 0; channel < channels_; ++channel) {
    ebur128_set_channel(state_of(state_.get()), channel, channel_weight(roles[channel]));
  }
}

void LoudnessMeter::add(std::span<const float* const> planes, std::size_t frames) {
  for (std::size_t done = 0; done < frames;) {
    const std::size_t count = std::min(kBlockFrames, frames - done);
    for (std::size_t channel = 0; channel < channels_; ++channel) {
      const float* const plane = planes[channel] + done;
      for (std::size_t i = 0; i < count; ++i) {
        // A NaN would stay in libebur128's recursive filter.
        clean_[i] = std::isfinite(plane[i]) ? plane[i] : 0.0F;
        interleaved_[i * channels_ + channel] = clean_[i];
      }
      peaks_[channel].add(std::span(clean_).first(count));
    }
    if (ebur128_add_frames_float(state_of(state_.get()), interleaved_.data(), count) != EBUR128_SUCCESS) {
      throw std::bad_alloc();
    }
    done += count;
  }
}

Measurement LoudnessMeter::measure() const {
  Measurement result;
  double integrated = 0;
  if (ebur128_loudness_global(state_of(state_.get()), &integrated) == EBUR128_SUCCESS &&
      std::isfinite(integrated)) {
    result.integrated = integrated;
  }
  float highest = 0;
  for (const auto& peak : peaks_) highest = std::max(highest, peak.value());
  if (highest > 0) result.true_peak = decibels(highest);
  return result;
}

GainPlan plan_gain(const Measurement& source, const LoudnessTarget& target) {
  GainPlan gain;
  if (!source.integrated) {
    gain.warning = source.true_peak
                       ? "The audio is too short or too quiet to measure its loudness (400 ms above "
                         "-70 LUFS are needed); its level is unchanged."
                       : "The audio is silent; there is no loudness to normalise.";
    return gain;
  }
  const double gain_db = target.integrated - *source.integrated;
  const double excess = excess_of(source, target, gain_db);
  gain.linear = factor(gain_db);
  gain.limit = excess > 0;
  gain.measure_limited = excess > kHarmlessExcess;
  if (gain.measure_limited) {
    gain.warning =
        fmt::format("At {:.1f} LUFS, peaks would reach {:+.1f} dBTP; a limiter holds them at {:.1f} dBTP.",
                    target.integrated, target.ceiling + excess, target.ceiling);
  }
  return gain;
}

GainPlan refine_gain(const Measurement& source, const LoudnessTarget& target, const GainPlan& planned,
                     const Measurement& limited) {
  GainPlan refined = planned;
  refined.measure_limited = false;
  if (!planned.limit || !source.integrated || !limited.integrated) return refined;
  const double excess = excess_of(source, target, decibels(planned.linear));
  const double loss = target.integrated - *limited.integrated;
  if (excess <= 0 || loss <= 0) return refined;
  // The louder the signal, the larger the share of each further decibel that the limiter takes. For music at
  // the highest gain this share is about 2.5 times the average share so far, but rarely more than two thirds.
  const double share = std::min(2.5 * loss / excess, 0.65);
  refined.linear *= factor(std::min(loss / (1 - share), kMaxExtraGain));
  return refined;
}

std::string loudness_shortfall(const Measurement& output, const LoudnessTarget& target) {
  if (!output.integrated || std::abs(*output.integrated - target.integrated) <= 0.5) return {};
  return fmt::format(
      "The output has {:.1f} LUFS instead of {:.1f}: more would require peaks above {:.1f} dBTP.",
      *output.integrated, target.integrated, target.ceiling);
}

}  // namespace convert::media
