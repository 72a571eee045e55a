// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/audio/audio_filters.hpp"

namespace convert::media {

/// A resampler from one shape to another. A downmix follows FFmpeg's matrix, which is that of ITU-R BS.775-4
/// (annex 4), scaled so that it cannot clip; `volume` is a factor on top.
Result<ResamplerContext> make_resampler_context(const PcmFormat& from, const PcmFormat& to, double volume);

/// Brings frames into another shape: sample rate, channels, sample format, volume. Out of N samples come
/// exactly N * to / from, to the nearest, none late or early.
class ResampleFilter : public AudioFilter {
 public:
  static Result<std::unique_ptr<AudioFilter>> make(const PcmFormat& from, const PcmFormat& to,
                                                   double volume = 1.0);

  Result<Frame> push(Frame frame) override;
  Result<Frame> finish() override;

 private:
  ResampleFilter(PcmFormat from, PcmFormat to) : from_(std::move(from)), to_(std::move(to)) {}
  Result<Frame> run(const AVFrame* frame);
  Result<void> allocate_pending(int samples);
  Result<void> fix_length();
  Frame take_pending();

  PcmFormat from_;
  PcmFormat to_;
  ResamplerContext resampler_;  // null: frames already have the shape
  Frame pending_;               // what is made, until it is worth handing on
  int pending_samples_ = 0;     // samples in it
  int capacity_ = 0;            // samples it can hold
  std::int64_t input_samples_ = 0;
  std::int64_t output_samples_ = 0;
  bool finished_ = false;
};

}  // namespace convert::media
