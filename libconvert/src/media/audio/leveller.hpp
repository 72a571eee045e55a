// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "media/audio/limiter.hpp"
#include "media/audio/loudness.hpp"
#include "media/audio/audio_filters.hpp"

namespace convert::media {

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
