// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/audio/audio_filters.hpp"

namespace convert::media {

/// A context that converts between two PCM formats. Downmixes use FFmpeg's matrix, which is that of ITU-R
/// BS.775-4 (annex 4), scaled so that it cannot clip; `volume` is an additional factor.
Result<ResamplerContext> make_resampler_context(const PcmFormat& from, const PcmFormat& to, double volume);

/// Converts frames to another sample rate, channel layout, sample format and volume. N input samples give
/// exactly N * to / from output samples, rounded to the nearest, without delay.
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
  ResamplerContext resampler_;  // null: the formats are equal
  Frame pending_;               // output, collected until it is worth passing on
  int pending_samples_ = 0;     // samples in `pending_`
  int capacity_ = 0;            // samples that `pending_` can hold
  std::int64_t input_samples_ = 0;
  std::int64_t output_samples_ = 0;
  bool finished_ = false;
};

}  // namespace convert::media
