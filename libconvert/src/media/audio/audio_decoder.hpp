// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <convert/output_spec.hpp>

#include "media/demuxer.hpp"

namespace convert::media {

/// Decodes one audio stream and places it on the timeline: exactly the samples from `spec.start` to
/// `spec.end`, relative to the start of the file, in one PCM format. Fills a late start and gaps with
/// silence, and cuts off the declared delay and padding. Used by one thread at a time.
class AudioDecoder {
 public:
  static Result<std::unique_ptr<AudioDecoder>> open(Demuxer& demuxer, AVStream& stream,
                                                    const OutputSpec& spec);

  /// The next frame, or null at the end. Frames are never empty; timestamps count samples from 0.
  Result<Frame> next();

  /// Valid after the end: the problems of the input.
  std::vector<Warning> warnings() const;
  /// Samples returned so far.
  std::int64_t samples_decoded() const { return samples_decoded_; }
  /// Whether the audio ended before `spec.start`.
  bool ends_before_range() const { return samples_decoded_ == 0 && position_ > 0; }
  /// Whether there is no sample between `spec.start` and `spec.end`.
  bool range_is_empty() const { return decoded_any_ && range_end_ <= range_start_; }
  /// Whether anything was decoded.
  bool decoded_any() const { return decoded_any_; }

 private:
  AudioDecoder(Demuxer& demuxer, AVStream& stream, const OutputSpec& spec)
      : demuxer_(demuxer), stream_(stream), spec_(spec) {}
  Result<void> open_decoder();
  void seek_near_start();
  Result<Frame> decode();
  Result<bool> send_packet();
  Result<Frame> convert_to_pcm_format(Frame frame);
  void place_on_timeline(Frame frame);
  Result<void> start_timeline(const AVFrame& first);
  std::int64_t to_samples(std::int64_t time) const;
  std::optional<std::int64_t> declared_end() const;
  Frame make_silence();
  Frame take_up_to_one_second();
  Frame cut_to_range(Frame frame);
  void trim_last_frame();

  Demuxer& demuxer_;
  AVStream& stream_;
  const OutputSpec& spec_;
  CodecContext decoder_;
  Packet packet_;
  bool demuxer_ended_ = false;  // the demuxer has returned its last packet
  bool decoder_ended_ = false;  // the decoder has returned its last frame
  bool decoded_any_ = false;
  bool has_seeked_ = false;
  PcmFormat pcm_format_;
  Frame last_frame_;  // decoded but not yet placed: its end is known when the next frame, or the end, arrives
  Frame next_frame_;  // placed; returned after the pending silence
  std::int64_t pending_silence_ = 0;  // samples of silence before `next_frame_`
  std::int64_t position_ = 0;         // of the next sample, relative to the start of the file
  std::int64_t samples_decoded_ = 0;
  std::int64_t range_start_ = 0;  // the requested range, in samples
  std::int64_t range_end_ = INT64_MAX;
  std::int64_t file_start_ = 0;                    // start of the file, in the stream's time base
  std::int64_t last_packet_end_ = AV_NOPTS_VALUE;  // end of the last packet, in the stream's time base
  std::int64_t damaged_count_ = 0;
  bool corrupt_tail_ = false;
};

}  // namespace convert::media
