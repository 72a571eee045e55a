// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <convert/output_spec.hpp>

#include "media/demuxer.hpp"

namespace convert::media {

/// The sound of a source, decoded and put on its timeline: exactly the samples from `spec.start` to
/// `spec.end`, counted from where the file begins, all in one shape; silence where the stream begins late
/// or has a hole; without the encoder's delay and padding as far as the file says them.
/// Pulled by one thread.
class AudioDecoder {
 public:
  static Result<std::unique_ptr<AudioDecoder>> open(Demuxer& demuxer, AVStream& stream,
                                                    const OutputSpec& spec);

  /// The next frame, or null at the end. Frames are never empty. `position` of the first is 0.
  Result<Frame> next();

  /// After the end: what was wrong with the input, in sentences.
  std::vector<Warning> warnings() const;
  /// Samples given out so far.
  std::int64_t samples_decoded() const { return samples_decoded_; }
  /// Whether the sound ended before `spec.start`, so that nothing was given out though there was sound.
  bool ends_before_range() const { return samples_decoded_ == 0 && position_ > 0; }
  /// Whether no sample lies between `spec.start` and `spec.end`.
  bool range_is_empty() const { return decoded_any_ && range_end_ <= range_start_; }
  /// Whether anything at all was decoded.
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
  Frame take_at_most_one_second();
  Frame cut_to_range(Frame frame);
  void trim_last_frame();

  Demuxer& demuxer_;
  AVStream& stream_;
  const OutputSpec& spec_;
  CodecContext decoder_;
  Packet packet_;
  bool demuxer_ended_ = false;  // the demuxer has no more
  bool decoder_ended_ = false;  // the decoder has no more
  bool decoded_any_ = false;
  bool has_seeked_ = false;
  PcmFormat pcm_format_;
  Frame last_frame_;  // the last decoded frame: its end is known when the next one or the end comes
  Frame next_frame_;  // placed, to be given out after the silence
  std::int64_t pending_silence_ = 0;  // samples of silence due before `next_frame_`
  std::int64_t position_ = 0;         // of the next sample, counted from where the file begins
  std::int64_t samples_decoded_ = 0;
  std::int64_t range_start_ = 0;  // what is wanted, in samples
  std::int64_t range_end_ = INT64_MAX;
  std::int64_t file_start_ = 0;                    // where the file begins, in the stream's time base
  std::int64_t last_packet_end_ = AV_NOPTS_VALUE;  // where the last packet ends, likewise
  std::int64_t damaged_count_ = 0;
  bool corrupt_tail_ = false;
};

}  // namespace convert::media
