// SPDX-License-Identifier: MIT
#include "media/audio/audio_encoder.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/try.hpp"
#include "media/ffmpeg/timestamps.hpp"

namespace convert::media {
namespace {

constexpr double kMaxQuality = 10;  // of OutputSpec::audio_quality

/// Converts `OutputSpec::audio_quality` to the encoder's scale.
int global_quality(QualityScale scale, double quality) {
  switch (scale) {
    case QualityScale::mp3:  // LAME's -V: 9.999 is the smallest, 0 the best
      return static_cast<int>(std::lround(std::min(kMaxQuality - quality, 9.999) * FF_QP2LAMBDA));
    case QualityScale::vorbis:
      return static_cast<int>(std::lround(quality * FF_QP2LAMBDA));
    default:
      return 0;
  }
}

}  // namespace

Result<std::unique_ptr<AudioEncoder>> AudioEncoder::open(const AudioEncodingPlan& plan, bool global_header,
                                                         PacketSink sink) {
  std::unique_ptr<AudioEncoder> encoder(new AudioEncoder(plan, std::move(sink)));
  CONVERT_TRY(encoder->start(global_header));
  return encoder;
}

/// Samples that remain inside encoders that cannot be drained: AC-3 and WMA finish a block only with the next
/// one.
int AudioEncoder::buffered_tail() const {
  if ((plan_.encoder->capabilities & AV_CODEC_CAP_DELAY) != 0 || plan_.codec->lossless) return 0;
  return plan_.codec->lead_in > 0 ? context_->frame_size : context_->initial_padding;
}

std::int64_t AudioEncoder::leading_padding() const {
  // Decoders of these codecs skip the delay themselves.
  return lead_in() > 0 || vorbis_ ? 0 : context_->initial_padding;
}

std::int64_t AudioEncoder::trailing_padding() const {
  if (vorbis_) return std::max<std::int64_t>(vorbis_samples_ - samples_, 0);
  if (end_padding_) return *end_padding_;
  const std::int64_t whole = packets_ * context_->frame_size - lead_in();
  return std::max<std::int64_t>(whole - leading_padding() - samples_, 0);
}

Result<void> AudioEncoder::start(bool global_header) {
  context_.reset(avcodec_alloc_context3(plan_.encoder));
  packet_.reset(av_packet_alloc());
  if (!context_ || !packet_) return av_error(AVERROR(ENOMEM), "Opening the encoder");
  AVCodecContext& c = *context_;
  c.sample_rate = plan_.pcm_format.sample_rate;
  c.sample_fmt = plan_.pcm_format.format;
  c.time_base = {1, plan_.pcm_format.sample_rate};
  c.log_level_offset = AV_LOG_TRACE;  // disables its log
  c.thread_count = 1;
  if (av_channel_layout_copy(&c.ch_layout, &plan_.pcm_format.layout.get()) < 0) {
    return av_error(AVERROR(ENOMEM), "Opening the encoder");
  }
  if (plan_.bits > 16) c.bits_per_raw_sample = plan_.bits;
  if (plan_.bitrate > 0) c.bit_rate = plan_.bitrate;
  if (plan_.quality) {
    c.flags |= AV_CODEC_FLAG_QSCALE;
    c.global_quality = global_quality(plan_.codec->quality, *plan_.quality);
  }
  if (plan_.level) c.compression_level = *plan_.level;
  if (global_header) c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (const int code = avcodec_open2(&c, plan_.encoder, nullptr); code < 0) {
    return Error{
        Errc::invalid_argument,
        fmt::format("{} cannot encode {} Hz with {} channel{} with these settings ({}). Change sample_rate, "
                    "audio_bitrate or channels.",
                    plan_.codec->name, plan_.pcm_format.sample_rate, plan_.pcm_format.layout.channels(),
                    plan_.pcm_format.layout.channels() == 1 ? "" : "s", av_text(code))};
  }
  if (c.codec_id == AV_CODEC_ID_VORBIS) vorbis_.reset(av_vorbis_parse_init(c.extradata, c.extradata_size));
  const bool any_length =
      (plan_.encoder->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE) != 0 || c.frame_size == 0;
  if (any_length) return {};
  fifo_.reset(av_audio_fifo_alloc(c.sample_fmt, c.ch_layout.nb_channels, c.frame_size * 2));
  if (!fifo_) return av_error(AVERROR(ENOMEM), "Opening the encoder");
  return {};
}

Result<void> AudioEncoder::encode(AVFrame* frame) {
  int code = avcodec_send_frame(context_.get(), frame);
  if (code < 0 && code != AVERROR_EOF) return av_error(code, "Encoding");
  while (true) {
    code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return av_error(code, "Encoding");
    // A Vorbis decoder outputs nothing for the first packet.
    if (vorbis_ && packets_ > 0)
      vorbis_samples_ += std::max(av_vorbis_parse_frame(vorbis_.get(), packet_->data, packet_->size), 0);
    if (packet_->size > 0) ++packets_;
    if (const SkipSamples skips = read_skip_samples(*packet_); skips.end > 0) end_padding_ = skips.end;
    auto taken = sink_(*packet_);
    av_packet_unref(packet_.get());
    if (!taken) return taken;
  }
}

Result<void> AudioEncoder::push(Frame frame) {
  if (samples_ == 0 && lead_in() > 0) {
    CONVERT_TRY(push_silence(lead_in()));
  }
  samples_ += frame->nb_samples;
  return push_samples(std::move(frame));
}

Result<void> AudioEncoder::push_samples(Frame frame) {
  if (!fifo_) {
    frame->pts = sent_;
    sent_ += frame->nb_samples;
    return encode(frame.get());
  }
  auto** data = reinterpret_cast<void**>(frame->extended_data);
  if (av_audio_fifo_write(fifo_.get(), data, frame->nb_samples) < frame->nb_samples) {
    return av_error(AVERROR(ENOMEM), "Encoding");
  }
  while (av_audio_fifo_size(fifo_.get()) >= context_->frame_size) {
    CONVERT_TRY(encode_queued(context_->frame_size));
  }
  return {};
}

Result<void> AudioEncoder::encode_queued(int samples) {
  Frame frame = make_frame(plan_.pcm_format, samples);
  if (!frame) return av_error(AVERROR(ENOMEM), "Encoding");
  auto** data = reinterpret_cast<void**>(frame->extended_data);
  if (av_audio_fifo_read(fifo_.get(), data, samples) < samples) return av_error(AVERROR(ENOMEM), "Encoding");
  frame->pts = sent_;
  sent_ += samples;
  return encode(frame.get());
}

Result<void> AudioEncoder::push_silence(int samples) {
  if (samples == 0) return {};
  Frame silence = make_frame(plan_.pcm_format, samples);
  if (!silence) return av_error(AVERROR(ENOMEM), "Encoding");
  av_samples_set_silence(silence->extended_data, 0, samples, plan_.pcm_format.layout.channels(),
                         plan_.pcm_format.format);
  return push_samples(std::move(silence));
}

Result<void> AudioEncoder::finish() {
  if (fifo_) {
    CONVERT_TRY(push_silence(buffered_tail()));
    if (const int left = av_audio_fifo_size(fifo_.get()); left > 0) {
      CONVERT_TRY(encode_queued(left));
    }
  }
  return encode(nullptr);
}

}  // namespace convert::media
