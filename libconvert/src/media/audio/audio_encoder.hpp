// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "media/plan/audio_plan.hpp"

namespace convert::media {

/// Takes each packet as it is made. The packet may be changed, and is unreferenced afterwards.
using PacketSink = std::function<Result<void>(AVPacket&)>;

/// Frames of any length in, packets out. Timestamps count samples from 0.
class AudioEncoder {
 public:
  /// `global_header`: the container stores the codec's header once (AVFMT_GLOBALHEADER).
  static Result<std::unique_ptr<AudioEncoder>> open(const AudioEncodingPlan& plan, bool global_header,
                                                    PacketSink sink);

  Result<void> push(Frame frame);
  /// Encodes what is left. To be called once, after the last frame.
  Result<void> finish();

  const AVCodecContext& context() const { return *context_; }
  /// Samples taken, without any padding.
  std::int64_t samples() const { return samples_; }
  /// Samples that a decoder gives out before the sound, if the container does not tell it to drop them.
  std::int64_t leading_padding() const;
  /// ... and after it. 0 for codecs without frames.
  std::int64_t trailing_padding() const;
  /// Whether the last packet says itself what of it is padding.
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
  SampleFifo fifo_;  // null: the encoder takes frames of any length
  std::int64_t samples_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t packets_ = 0;
  std::unique_ptr<AVVorbisParseContext, AvDeleter> vorbis_;  // only Vorbis has packets of several lengths
  std::int64_t vorbis_samples_ = 0;
  std::optional<std::int64_t> end_padding_;  // at the end, where the encoder says it itself
};

}  // namespace convert::media
