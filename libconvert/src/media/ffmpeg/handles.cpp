// SPDX-License-Identifier: MIT
#include "media/ffmpeg/handles.hpp"

#include <array>

#include <fmt/format.h>

namespace convert::media {

bool PcmFormat::matches(const AVFrame& frame) const {
  return frame.sample_rate == sample_rate && frame.format == format &&
         frame.ch_layout.nb_channels == layout.channels();
}

PcmFormat PcmFormat::of(const AVFrame& frame) {
  return {frame.sample_rate, ChannelLayout::known(frame.ch_layout),
          static_cast<AVSampleFormat>(frame.format)};
}

Frame make_frame(const PcmFormat& pcm_format, int samples) {
  Frame frame(av_frame_alloc());
  if (!frame) return nullptr;
  frame->format = pcm_format.format;
  frame->sample_rate = pcm_format.sample_rate;
  frame->nb_samples = samples;
  if (av_channel_layout_copy(&frame->ch_layout, &pcm_format.layout.get()) < 0) return nullptr;
  if (av_frame_get_buffer(frame.get(), 0) < 0) return nullptr;
  return frame;
}

std::string av_text(int code) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(code, text.data(), text.size());
  return text.data();
}

Error av_error(int code, const char* doing) {
  if (code == AVERROR(ENOMEM)) {
    return {Errc::unavailable, fmt::format("{} failed: out of memory. Try again later.", doing), true};
  }
  if (code == AVERROR_INVALIDDATA || code == AVERROR_EOF) {
    return {Errc::corrupt_input, fmt::format("{} failed: the data is damaged ({}).", doing, av_text(code))};
  }
  return {Errc::internal, fmt::format("{} failed: {}.", doing, av_text(code))};
}

}  // namespace convert::media
