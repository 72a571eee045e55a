// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <convert/output_spec.hpp>

#include "media/source.hpp"

namespace convert::media {

/// The shape of decoded sound.
struct SoundShape {
  int sample_rate = 0;
  ChannelLayout layout;
  AVSampleFormat format = AV_SAMPLE_FMT_NONE;

  bool fits(const AVFrame& frame) const;
  static SoundShape of(const AVFrame& frame);
};

/// A new frame of `samples` in that shape, or null when memory ran out.
Frame make_frame(const SoundShape& shape, int samples);

/// The sound of a source, decoded and put on its timeline: exactly the samples from `spec.start` to
/// `spec.end`, counted from where the file begins, all in one shape; silence where the stream begins late
/// or has a hole; without the encoder's delay and padding as far as the file says them.
/// Pulled by one thread.
class SoundReader {
 public:
  static Result<std::unique_ptr<SoundReader>> open(Source& source, AVStream& stream, const OutputSpec& spec);

  /// The next frame, or null at the end. Frames are never empty. `position` of the first is 0.
  Result<Frame> next();

  /// After the end: what was wrong with the input, in sentences.
  std::vector<Warning> warnings() const;
  /// Samples given out so far.
  std::int64_t given() const { return given_; }
  /// Whether the sound ended before `spec.start`, so that nothing was given out though there was sound.
  bool ended_before_start() const { return given_ == 0 && position_ > 0; }
  /// Whether no sample lies between `spec.start` and `spec.end`.
  bool nothing_wanted() const { return heard_ && end_ <= begin_; }
  /// Whether anything at all was decoded.
  bool heard() const { return heard_; }

 private:
  SoundReader(Source& source, AVStream& stream, const OutputSpec& spec)
      : source_(source), stream_(stream), spec_(spec) {}
  Result<void> open_decoder();
  void seek_near_start();
  Result<Frame> decode();
  Result<bool> feed();
  Result<Frame> same_shape(Frame frame);
  void place(Frame frame);
  Result<void> begin(const AVFrame& first);
  std::int64_t to_samples(std::int64_t time) const;
  std::optional<std::int64_t> declared_end() const;
  Frame silence();
  Frame take_piece();
  Frame cut(Frame frame);
  void cut_tail();

  Source& source_;
  AVStream& stream_;
  const OutputSpec& spec_;
  CodecContext decoder_;
  Packet packet_;
  bool drained_ = false;  // the demuxer has no more
  bool ended_ = false;    // the decoder has no more
  bool heard_ = false;
  bool sought_ = false;
  SoundShape shape_;
  Frame held_;                 // the last decoded frame: its end is known when the next one or the end comes
  Frame ready_;                // placed, to be given out after the silence
  std::int64_t silence_ = 0;   // samples of silence due before `ready_`
  std::int64_t position_ = 0;  // of the next sample, counted from where the file begins
  std::int64_t given_ = 0;
  std::int64_t begin_ = 0;  // what is wanted, in samples
  std::int64_t end_ = INT64_MAX;
  std::int64_t origin_ = 0;                 // where the file begins, in the stream's time base
  std::int64_t last_end_ = AV_NOPTS_VALUE;  // where the last packet ends, likewise
  std::int64_t damaged_ = 0;
  bool broken_off_ = false;
  bool corrupt_tail_ = false;
};

}  // namespace convert::media
