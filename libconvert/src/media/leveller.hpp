// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "media/limiter.hpp"
#include "media/loudness.hpp"
#include "media/step.hpp"

namespace convert::media {

/// Sound as the loudness steps take it: planar float in the rate and channels of `shape`.
SoundShape planar_float(const SoundShape& shape);

/// What each channel of a layout counts in a loudness measurement.
std::vector<ChannelRole> channel_roles(const ChannelLayout& layout);

/// A constant gain inside a true-peak limiter, on planar float.
class Leveller : public Step {
 public:
  Leveller(const SoundShape& shape, double gain, double ceiling);
  Result<Frame> push(Frame frame) override;
  Result<Frame> finish() override;

 private:
  SoundShape shape_;
  PeakLimiter limiter_;
};

/// Adds a planar float frame to a measurement.
void measure(LoudnessMeter& meter, const AVFrame& frame);

/// Measures what goes by.
class MeterStep : public Step {
 public:
  explicit MeterStep(LoudnessMeter& meter) : meter_(meter) {}
  Result<Frame> push(Frame frame) override {
    measure(meter_, *frame);
    return frame;
  }
  Result<Frame> finish() override { return Frame(); }

 private:
  LoudnessMeter& meter_;
};

}  // namespace convert::media
