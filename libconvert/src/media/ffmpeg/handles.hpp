// SPDX-License-Identifier: MIT
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavcodec/vorbis_parser.h>
#include <libavformat/avformat.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/opt.h>
#include <libavutil/parseutils.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>

#include <convert/result.hpp>

// Owning handles for FFmpeg's objects, and the mapping of FFmpeg's error numbers to `Error`.

namespace convert::media {

struct AvDeleter {
  void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
  void operator()(AVCodecContext* context) const noexcept { avcodec_free_context(&context); }
  void operator()(AVCodecParameters* parameters) const noexcept { avcodec_parameters_free(&parameters); }
  void operator()(SwrContext* context) const noexcept { swr_free(&context); }
  void operator()(AVVorbisParseContext* parser) const noexcept { av_vorbis_parse_free(&parser); }
  void operator()(AVAudioFifo* fifo) const noexcept { av_audio_fifo_free(fifo); }
  void operator()(AVIOContext* io) const noexcept {
    if (io != nullptr) av_freep(&io->buffer);
    avio_context_free(&io);
  }
};
struct InputDeleter {
  void operator()(AVFormatContext* context) const noexcept { avformat_close_input(&context); }
};
struct OutputDeleter {
  void operator()(AVFormatContext* context) const noexcept { avformat_free_context(context); }
};

using Packet = std::unique_ptr<AVPacket, AvDeleter>;
using Frame = std::unique_ptr<AVFrame, AvDeleter>;
using CodecContext = std::unique_ptr<AVCodecContext, AvDeleter>;
using CodecParameters = std::unique_ptr<AVCodecParameters, AvDeleter>;
using SampleFifo = std::unique_ptr<AVAudioFifo, AvDeleter>;
using ResamplerContext = std::unique_ptr<SwrContext, AvDeleter>;
using IoContext = std::unique_ptr<AVIOContext, AvDeleter>;
using InputContext = std::unique_ptr<AVFormatContext, InputDeleter>;
using OutputContext = std::unique_ptr<AVFormatContext, OutputDeleter>;

/// An owning AVDictionary.
class Dictionary {
 public:
  Dictionary() = default;
  ~Dictionary() { av_dict_free(&raw_); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  void set(const char* key, const std::string& value) { av_dict_set(&raw_, key, value.c_str(), 0); }
  AVDictionary** out() noexcept { return &raw_; }

 private:
  AVDictionary* raw_ = nullptr;
};

/// An owning AVChannelLayout.
class ChannelLayout {
 public:
  ChannelLayout() = default;
  explicit ChannelLayout(const AVChannelLayout& other) { av_channel_layout_copy(&raw_, &other); }
  ~ChannelLayout() { av_channel_layout_uninit(&raw_); }
  ChannelLayout(const ChannelLayout& other) : ChannelLayout(other.raw_) {}
  ChannelLayout& operator=(const ChannelLayout& other) {
    if (this != &other) av_channel_layout_copy(&raw_, &other.raw_);
    return *this;
  }
  /// The layout with the channels of `mask` (AV_CH_...).
  static ChannelLayout with(std::uint64_t mask) {
    ChannelLayout layout;
    av_channel_layout_from_mask(&layout.raw_, mask);
    return layout;
  }
  /// The usual layout for a number of channels (1 mono, 2 stereo, 6 5.1, ...).
  static ChannelLayout of(int channels) {
    // Codecs use left, right and centre for three channels; FFmpeg's default is 2.1.
    if (channels == 3) return with(AV_CH_LAYOUT_SURROUND);
    ChannelLayout layout;
    av_channel_layout_default(&layout.raw_, channels);
    return layout;
  }
  /// `layout`, or the usual layout with the same number of channels if the order is unspecified.
  static ChannelLayout known(const AVChannelLayout& layout) {
    return layout.order == AV_CHANNEL_ORDER_UNSPEC ? of(layout.nb_channels) : ChannelLayout(layout);
  }
  const AVChannelLayout& get() const noexcept { return raw_; }
  AVChannelLayout* mutable_get() noexcept { return &raw_; }
  int channels() const noexcept { return raw_.nb_channels; }

 private:
  AVChannelLayout raw_{};
};

/// The format of decoded audio.
struct PcmFormat {
  int sample_rate = 0;
  ChannelLayout layout;
  AVSampleFormat format = AV_SAMPLE_FMT_NONE;

  bool matches(const AVFrame& frame) const;
  static PcmFormat of(const AVFrame& frame);
};

/// A new frame for `samples` samples per channel; null if out of memory.
Frame make_frame(const PcmFormat& pcm_format, int samples);

/// FFmpeg's text for an error number.
std::string av_text(int code);

/// Converts an FFmpeg error number. `doing` is the subject of the message: "Reading the input".
Error av_error(int code, const char* doing);

}  // namespace convert::media
