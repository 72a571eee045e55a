// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "media/step.hpp"

namespace convert::media {

/// A resampler from one shape to another. A downmix follows FFmpeg's matrix, which is that of ITU-R BS.775-4
/// (annex 4), scaled so that it cannot clip; `volume` is a factor on top.
Result<Resampler> make_resampler(const SoundShape& from, const SoundShape& to, double volume);

/// Brings frames into another shape: sample rate, channels, sample format, volume. Out of N samples come
/// exactly N * to / from, to the nearest, none late or early.
class Shaper : public Step {
 public:
  static Result<std::unique_ptr<Step>> make(const SoundShape& from, const SoundShape& to,
                                            double volume = 1.0);

  Result<Frame> push(Frame frame) override;
  Result<Frame> finish() override;

 private:
  Shaper(SoundShape from, SoundShape to) : from_(std::move(from)), to_(std::move(to)) {}
  Result<Frame> run(const AVFrame* frame);
  Result<void> make_room(int samples);
  Result<void> settle();
  Frame take();

  SoundShape from_;
  SoundShape to_;
  Resampler resampler_;  // null: frames already have the shape
  Frame pending_;        // what is made, until it is worth handing on
  int filled_ = 0;       // samples in it
  int room_ = 0;         // samples it can hold
  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
  bool finished_ = false;
};

}  // namespace convert::media
