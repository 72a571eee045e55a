// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/sound.hpp"

namespace convert::media {

/// A resampler from one shape to another. A downmix follows FFmpeg's matrix, which is that of ITU-R BS.775-4
/// (annex 4), scaled so that it cannot clip; `volume` is a factor on top.
Result<Resampler> make_resampler(const SoundShape& from, const SoundShape& to, double volume);

/// Brings frames into another shape: sample rate, channels, sample format, volume. Out of N samples come
/// exactly N * to / from, to the nearest, none late or early.
class Shaper {
 public:
  static Result<Shaper> make(const SoundShape& from, const SoundShape& to, double volume = 1.0);

  /// The frame in its new shape; null if there is nothing to give out yet.
  Result<Frame> push(Frame frame);
  /// What is left after the last frame; null if nothing.
  Result<Frame> finish();

 private:
  Shaper(SoundShape from, SoundShape to) : from_(std::move(from)), to_(std::move(to)) {}
  Result<Frame> run(const AVFrame* frame);

  SoundShape from_;
  SoundShape to_;
  Resampler resampler_;  // null: frames already have the shape
  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
};

}  // namespace convert::media
