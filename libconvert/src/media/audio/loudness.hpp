// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/audio/true_peak.hpp"

// Loudness normalisation to EBU R128 in at most three passes over the source:
//
//   1. Feed everything to a LoudnessMeter. `plan_gain` turns its Measurement into a GainPlan.
//   2. Only if `GainPlan::measure_limited`: feed everything through a PeakLimiter with `GainPlan::linear` to
//   a
//      second LoudnessMeter. `refine_gain` compensates what the limiter took away.
//   3. Multiply everything by `GainPlan::linear`, inside a PeakLimiter if `GainPlan::limit`.
//
// Measure, limit and write in the sample rate and channels of the output, since resampling and downmixing
// move peaks. The result is within 0.5 LU of the target if peaks would exceed the ceiling by up to 6 dB (5 dB
// for audio that consists of peaks only). `loudness_shortfall` checks a measurement of the output of pass 3.
//
// Measuring 3 minutes of stereo at 44.1 kHz takes about 0.2 s of one core, nearly all of it in libebur128's
// weighting filter: interpolation is skipped for blocks that cannot hold a new highest peak. Limiting takes
// another 0.2 s.

namespace convert::media {

/// The weight of a channel in ITU-R BS.1770-4.
enum class ChannelRole : std::uint8_t {
  front,     ///< unchanged: left, right, centre, mono, height
  surround,  ///< +1.5 dB: 60 to 120 degrees to the side, as the surrounds of 5.1
  back,      ///< unchanged: behind the surrounds, as the back pair of 7.1
  lfe,       ///< not counted
};

struct Measurement {
  std::optional<double> integrated;  ///< LUFS; empty for silence and for less than 400 ms
  std::optional<double> true_peak;   ///< dBTP, the maximum of all channels; empty if all samples are 0
};

/// Measures audio that arrives in blocks. Memory use does not depend on its length.
class LoudnessMeter {
 public:
  /// One role per channel, 1 to 64 channels; 16 Hz to 2.8 MHz. Throws std::bad_alloc if libebur128 is out of
  /// memory, std::invalid_argument if the arguments are out of range.
  LoudnessMeter(int sample_rate, std::span<const ChannelRole> roles);

  /// One plane per channel. Values that are not finite count as silence.
  void add(std::span<const float* const> planes, std::size_t frames);

  Measurement measure() const;

 private:
  struct Destroy {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, Destroy> state_;  // ebur128_state
  std::size_t channels_;
  std::vector<float> interleaved_;
  std::vector<float> clean_;
  std::vector<TruePeak> peaks_;
};

struct LoudnessTarget {
  double integrated = -23;  ///< LUFS
  double ceiling = -1;      ///< dBTP
};

struct GainPlan {
  double linear = 1;
  bool limit = false;            ///< peaks would exceed the ceiling
  bool measure_limited = false;  ///< the limiter may take more than 0.4 LU: a second pass is needed
  std::string warning;           ///< one sentence, or empty
};

/// The gain that brings the source to the target.
GainPlan plan_gain(const Measurement& source, const LoudnessTarget& target);

/// Increases the gain of `planned` by what the limiter takes away. `limited`: measured after the limiter.
GainPlan refine_gain(const Measurement& source, const LoudnessTarget& target, const GainPlan& planned,
                     const Measurement& limited);

/// A sentence if the output misses the target by more than 0.5 LU, else empty.
std::string loudness_shortfall(const Measurement& output, const LoudnessTarget& target);

}  // namespace convert::media
