// SPDX-License-Identifier: MIT
#include "media/estimate.hpp"

#include <algorithm>

#include "media/saturate.hpp"

namespace convert::media {
namespace {

// Seconds of stereo sound handled in one second on one core of the reference machine.
constexpr double kDecodeSpeed = 1500;
constexpr double kCopySpeed = 20'000;
constexpr double kMeasureSpeed = 800;
// What lossless codecs leave of music, on average.
constexpr double kLosslessRatio = 0.62;
// Container overhead beside the sound.
constexpr double kOverhead = 1.01;

double bits_per_second(const SoundPlan& sound) {
  const int channels = sound.shape.layout.channels();
  const double raw = static_cast<double>(sound.shape.sample_rate) * channels * std::max(sound.bits, 16);
  if (sound.codec->name == "pcm") return raw;
  if (sound.codec->lossless) return raw * kLosslessRatio;
  if (sound.bitrate > 0) return static_cast<double>(sound.bitrate);
  constexpr double kLowest =
      24'000;  // per channel, of a variable bit rate at quality 0, and what a step adds
  constexpr double kStep = 11'000;
  return (kLowest + sound.quality.value_or(5) * kStep) * channels;
}

double copied_bits_per_second(const Source& source, const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  if (p.bit_rate > 0) return static_cast<double>(p.bit_rate);
  const double bits = av_get_bits_per_sample(p.codec_id);
  if (bits > 0) return bits * p.sample_rate * p.ch_layout.nb_channels;
  if (source.context().nb_streams > 1) return 0;  // the file's bit rate is that of all of them
  return static_cast<double>(std::max<std::int64_t>(source.context().bit_rate, 0));
}

}  // namespace

void estimate(Plan& plan, const Source& source, const Decision& decision, const OutputSpec& spec) {
  plan.duration = decision.duration;
  if (!plan.duration) return;
  const double seconds = std::chrono::duration<double>(*plan.duration).count();
  const AVCodecParameters& from = *decision.sound->codecpar;
  double rate = copied_bits_per_second(source, *decision.sound);
  double effort = seconds / kCopySpeed;
  if (!decision.copy) {
    const SoundShape shape{from.sample_rate, ChannelLayout::known(from.ch_layout), AV_SAMPLE_FMT_NONE};
    auto sound = plan_sound(shape, from, spec, *decision.format, *decision.muxer);
    if (!sound) return;
    rate = bits_per_second(*sound);
    const double channels = static_cast<double>(sound->shape.layout.channels()) / 2;
    effort = seconds * channels * (1 / kDecodeSpeed + 1 / sound->codec->speed);
    if (spec.loudness) effort += seconds * channels * (1 / kDecodeSpeed + 1 / kMeasureSpeed);
  }
  plan.effort = effort;
  if (rate > 0) plan.size = static_cast<std::uint64_t>(whole_number(seconds * rate / 8 * kOverhead));
}

}  // namespace convert::media
