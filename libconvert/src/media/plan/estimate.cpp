// SPDX-License-Identifier: MIT
#include "media/plan/estimate.hpp"

#include <algorithm>

#include "media/ffmpeg/saturate.hpp"

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

double bits_per_second(const AudioEncodingPlan& encoding) {
  const int channels = encoding.pcm_format.layout.channels();
  const double raw =
      static_cast<double>(encoding.pcm_format.sample_rate) * channels * std::max(encoding.bits, 16);
  if (encoding.codec->name == "pcm") return raw;
  if (encoding.codec->lossless) return raw * kLosslessRatio;
  if (encoding.bitrate > 0) return static_cast<double>(encoding.bitrate);
  constexpr double kLowest =
      24'000;  // per channel, of a variable bit rate at quality 0, and what a step adds
  constexpr double kStep = 11'000;
  return (kLowest + encoding.quality.value_or(5) * kStep) * channels;
}

double copied_bits_per_second(const Demuxer& demuxer, const AVStream& stream) {
  const AVCodecParameters& p = *stream.codecpar;
  if (p.bit_rate > 0) return static_cast<double>(p.bit_rate);
  const double bits = av_get_bits_per_sample(p.codec_id);
  if (bits > 0) return bits * p.sample_rate * p.ch_layout.nb_channels;
  if (demuxer.context().nb_streams > 1) return 0;  // the file's bit rate is that of all of them
  return static_cast<double>(std::max<std::int64_t>(demuxer.context().bit_rate, 0));
}

}  // namespace

void estimate(Plan& plan, const Demuxer& demuxer, const MediaPlan& media_plan, const OutputSpec& spec) {
  plan.duration = media_plan.duration;
  if (!plan.duration) return;
  const double seconds = std::chrono::duration<double>(*plan.duration).count();
  const AVCodecParameters& from = *media_plan.audio_stream->codecpar;
  double rate = copied_bits_per_second(demuxer, *media_plan.audio_stream);
  double effort = seconds / kCopySpeed;
  if (!media_plan.copy) {
    const PcmFormat pcm_format{from.sample_rate, ChannelLayout::known(from.ch_layout), AV_SAMPLE_FMT_NONE};
    auto encoding = plan_audio_encoding(pcm_format, from, spec, *media_plan.format, *media_plan.muxer_config);
    if (!encoding) return;
    rate = bits_per_second(*encoding);
    const double channels = static_cast<double>(encoding->pcm_format.layout.channels()) / 2;
    effort = seconds * channels * (1 / kDecodeSpeed + 1 / encoding->codec->speed);
    if (spec.loudness) effort += seconds * channels * (1 / kDecodeSpeed + 1 / kMeasureSpeed);
  }
  plan.cpu_seconds = effort;
  if (rate > 0) plan.size = static_cast<std::uint64_t>(saturating_truncate(seconds * rate / 8 * kOverhead));
}

}  // namespace convert::media
