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

/// Receives each frame of decoded audio.
using FrameSink = std::function<Result<void>(Frame)>;

/// A processing step on decoded audio. Runs in the caller's thread.
class AudioFilter {
 public:
  virtual ~AudioFilter() = default;
  /// Processes `frame` and returns the result; null if there is no output yet.
  virtual Result<Frame> push(Frame frame) = 0;
  /// Drains the filter: call after the last frame until it returns null.
  virtual Result<Frame> finish() = 0;
};

/// Filters in order of processing.
class AudioFilterChain {
 public:
  void add(std::unique_ptr<AudioFilter> filter) { filters_.push_back(std::move(filter)); }
  /// Sends a frame through all filters into `sink`.
  Result<void> push(Frame frame, const FrameSink& sink) { return push_from(0, std::move(frame), sink); }
  /// Drains all filters, first to last, into `sink`.
  Result<void> finish(const FrameSink& sink);

 private:
  Result<void> push_from(std::size_t first, Frame frame, const FrameSink& sink);

  std::vector<std::unique_ptr<AudioFilter>> filters_;
};

/// The format in which the loudness filters work: planar float.
PcmFormat planar_float_format(const PcmFormat& pcm_format);

/// The weights of a layout's channels in a loudness measurement.
std::vector<ChannelRole> channel_roles(const ChannelLayout& layout);

/// Applies a constant gain inside a true-peak limiter. Planar float.
class LimiterFilter : public AudioFilter {
 public:
  LimiterFilter(const PcmFormat& pcm_format, double gain, double ceiling);
  Result<Frame> push(Frame frame) override;
  Result<Frame> finish() override;

 private:
  PcmFormat pcm_format_;
  PeakLimiter limiter_;
};

/// Adds a frame of planar float to a measurement.
void add_to_meter(LoudnessMeter& meter, const AVFrame& frame);

/// Measures the frames that pass through.
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
