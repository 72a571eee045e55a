// SPDX-License-Identifier: MIT
#include "media/audio/audio_filters.hpp"

#include "base/try.hpp"

namespace convert::media {
namespace {

constexpr int kFlushFrame = 1024;

std::vector<float*> frame_planes(const AVFrame& frame) {
  std::vector<float*> planes;
  planes.reserve(static_cast<std::size_t>(frame.ch_layout.nb_channels));
  for (int i = 0; i < frame.ch_layout.nb_channels; ++i)
    planes.push_back(reinterpret_cast<float*>(frame.extended_data[i]));
  return planes;
}

}  // namespace

Result<void> AudioFilterChain::push_from(std::size_t first, Frame frame, const FrameSink& sink) {
  for (std::size_t i = first; i < filters_.size(); ++i) {
    CONVERT_TRY_ASSIGN(auto changed, filters_[i]->push(std::move(frame)));
    if (!changed) return {};
    frame = std::move(changed);
  }
  return sink(std::move(frame));
}

Result<void> AudioFilterChain::finish(const FrameSink& sink) {
  for (std::size_t i = 0; i < filters_.size(); ++i) {
    while (true) {
      CONVERT_TRY_ASSIGN(auto rest, filters_[i]->finish());
      if (!rest) break;
      CONVERT_TRY(push_from(i + 1, std::move(rest), sink));
    }
  }
  return {};
}

PcmFormat planar_float_format(const PcmFormat& pcm_format) {
  return {pcm_format.sample_rate, pcm_format.layout, AV_SAMPLE_FMT_FLTP};
}

std::vector<ChannelRole> channel_roles(const ChannelLayout& layout) {
  std::vector<ChannelRole> roles;
  const bool has_sides = av_channel_layout_index_from_channel(&layout.get(), AV_CHAN_SIDE_LEFT) >= 0;
  for (int i = 0; i < layout.channels(); ++i) {
    switch (av_channel_layout_channel_from_index(&layout.get(), static_cast<unsigned>(i))) {
      case AV_CHAN_LOW_FREQUENCY:
      case AV_CHAN_LOW_FREQUENCY_2:
        roles.push_back(ChannelRole::lfe);
        break;
      case AV_CHAN_SIDE_LEFT:
      case AV_CHAN_SIDE_RIGHT:
        roles.push_back(ChannelRole::surround);
        break;
      case AV_CHAN_BACK_LEFT:  // the surrounds of FFmpeg's "5.1", the back pair of 7.1
      case AV_CHAN_BACK_RIGHT:
        roles.push_back(has_sides ? ChannelRole::back : ChannelRole::surround);
        break;
      default:
        roles.push_back(ChannelRole::front);
    }
  }
  return roles;
}

LimiterFilter::LimiterFilter(const PcmFormat& pcm_format, double gain, double ceiling)
    : pcm_format_(planar_float_format(pcm_format)),
      limiter_({.sample_rate = pcm_format.sample_rate,
                .channels = static_cast<std::size_t>(pcm_format.layout.channels()),
                .gain = gain,
                .ceiling = ceiling}) {}

Result<Frame> LimiterFilter::push(Frame frame) {
  Frame out = make_frame(pcm_format_, frame->nb_samples);
  if (!out) return av_error(AVERROR(ENOMEM), "Levelling");
  const std::vector<float*> from = frame_planes(*frame);
  const std::vector<float*> to = frame_planes(*out);
  const std::vector<const float*> in(from.begin(), from.end());
  const auto count = limiter_.process(in, static_cast<std::size_t>(frame->nb_samples), to);
  if (count == 0) return Frame();
  out->nb_samples = static_cast<int>(count);
  return out;
}

Result<Frame> LimiterFilter::finish() {
  Frame out = make_frame(pcm_format_, kFlushFrame);
  if (!out) return av_error(AVERROR(ENOMEM), "Levelling");
  const std::vector<float*> to = frame_planes(*out);
  const auto count = limiter_.flush(to, kFlushFrame);
  if (count == 0) return Frame();
  out->nb_samples = static_cast<int>(count);
  return out;
}

void add_to_meter(LoudnessMeter& meter, const AVFrame& frame) {
  const std::vector<float*> planes = frame_planes(frame);
  const std::vector<const float*> in(planes.begin(), planes.end());
  meter.add(in, static_cast<std::size_t>(frame.nb_samples));
}

}  // namespace convert::media
