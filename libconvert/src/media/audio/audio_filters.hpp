// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "media/audio/audio_decoder.hpp"
#include "media/audio/limiter.hpp"
#include "media/audio/loudness.hpp"

namespace convert::media {

/// Takes each frame of a sound.
using FrameSink = std::function<Result<void>(Frame)>;

/// One thing done to sound on its way: frames in, frames out, in the same thread.
class AudioFilter {
 public:
  virtual ~AudioFilter() = default;
  /// The frame, changed; null if there is nothing to give out yet.
  virtual Result<Frame> push(Frame frame) = 0;
  /// After the last frame, called until it gives null: what was still inside.
  virtual Result<Frame> finish() = 0;
};

/// The steps in their order.
class AudioFilterChain {
 public:
  void add(std::unique_ptr<AudioFilter> filter) { filters_.push_back(std::move(filter)); }
  /// Sends a frame through all of them into `sink`.
  Result<void> push(Frame frame, const FrameSink& sink) { return push_from(0, std::move(frame), sink); }
  /// Empties them, first to last, into `sink`.
  Result<void> finish(const FrameSink& sink);

 private:
  Result<void> push_from(std::size_t first, Frame frame, const FrameSink& sink);

  std::vector<std::unique_ptr<AudioFilter>> filters_;
};

/// Sound as the loudness steps take it: planar float in the rate and channels of `pcm_format`.
PcmFormat planar_float_format(const PcmFormat& pcm_format);

/// What each channel of a layout counts in a loudness measurement.
std::vector<ChannelRole> channel_roles(const ChannelLayout& layout);

/// A constant gain inside a true-peak limiter, on planar float.
class LimiterFilter : public AudioFilter {
 public:
  LimiterFilter(const PcmFormat& pcm_format, double gain, double ceiling);
  Result<Frame> push(Frame frame) override;
  Result<Frame> finish() override;

 private:
  PcmFormat pcm_format_;
  PeakLimiter limiter_;
};

/// Adds a planar float frame to a measurement.
void add_to_meter(LoudnessMeter& meter, const AVFrame& frame);

/// Measures what goes by.
class LoudnessMeterFilter : public AudioFilter {
 public:
  explicit LoudnessMeterFilter(LoudnessMeter& meter) : meter_(meter) {}
  Result<Frame> push(Frame frame) override {
    add_to_meter(meter_, *frame);
    return frame;
  }
  Result<Frame> finish() override { return Frame(); }

 private:
  LoudnessMeter& meter_;
};

}  // namespace convert::media
