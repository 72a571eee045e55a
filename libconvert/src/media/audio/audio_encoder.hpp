// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "media/plan/audio_plan.hpp"

namespace convert::media {

/// Receives each encoded packet. May modify it; the packet is unreferenced afterwards.
using PacketSink = std::function<Result<void>(AVPacket&)>;

/// Encodes frames of any length. Packet timestamps count samples from 0.
class AudioEncoder {
 public:
  /// `global_header`: the container stores the codec's header once (AVFMT_GLOBALHEADER).
  static Result<std::unique_ptr<AudioEncoder>> open(const AudioEncodingPlan& plan, bool global_header,
                                                    PacketSink sink);

  Result<void> push(Frame frame);
  /// Drains the encoder. Call once, after the last frame.
  Result<void> finish();

  const AVCodecContext& context() const { return *context_; }
  /// Samples received, without padding.
  std::int64_t samples() const { return samples_; }
  /// Priming samples that a decoder outputs first, unless the container tells it to skip them.
  std::int64_t leading_padding() const;
  /// Padding samples that a decoder outputs last. 0 for codecs without frames.
  std::int64_t trailing_padding() const;
  /// Whether the last packet itself declares its padding (AV_PKT_DATA_SKIP_SAMPLES).
  bool signals_end_padding() const { return end_padding_.has_value(); }

 private:
  AudioEncoder(AudioEncodingPlan plan, PacketSink sink) : plan_(std::move(plan)), sink_(std::move(sink)) {}
  Result<void> start(bool global_header);
  Result<void> encode(AVFrame* frame);
  Result<void> encode_queued(int samples);
  Result<void> push_silence(int samples);
  Result<void> push_samples(Frame frame);
  int lead_in() const { return plan_.codec->lead_in * context_->frame_size; }
  int buffered_tail() const;

  AudioEncodingPlan plan_;
  PacketSink sink_;
  CodecContext context_;
  Packet packet_;
  SampleFifo fifo_;  // null: the encoder accepts frames of any length
  std::int64_t samples_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t packets_ = 0;
  std::unique_ptr<AVVorbisParseContext, AvDeleter> vorbis_;  // only Vorbis has packets of several lengths
  std::int64_t vorbis_samples_ = 0;
  std::optional<std::int64_t> end_padding_;  // padding in the last packet, if the encoder declares it
};

}  // namespace convert::media
