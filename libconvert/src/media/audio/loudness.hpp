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

// Loudness normalisation to EBU R128 in at most three readings of the source:
//
//   1. Everything goes through a LoudnessMeter. `plan_gain` turns its Measurement into a Gain.
//   2. Only if `GainPlan::measure_limited` says so: everything goes through a PeakLimiter that has
//      `GainPlan::linear`, and what comes out through a second LoudnessMeter. `refine_gain` then makes up
//      for what the limiter took away.
//   3. Everything is multiplied by `GainPlan::linear`, inside a PeakLimiter if `GainPlan::limit`, else
//   directly.
//
// Measure, limit and write in the same sample rate and channels: those of the output, since resampling
// and downmixing move peaks. The result is within 0.5 LU of the target where peaks would pass the
// ceiling by up to 6 dB (5 dB if the sound is nothing but peaks). A meter over what reading 3 writes
// tells; give it to `loudness_shortfall` for a sentence.
//
// Measuring 3 minutes of stereo at 44.1 kHz takes about 0.2 s of one core, nearly all of it for
// libebur128's weighting filter: looking for true peaks is left out wherever a block cannot hold a new
// highest one. Limiting them takes 0.2 s as well.

namespace convert::media {

/// What a loudspeaker counts in ITU-R BS.1770-4.
enum class ChannelRole : std::uint8_t {
  front,     ///< as it is: left, right, centre, mono, above
  surround,  ///< 1.5 dB more: from 60 to 120 degrees to the side, as the surrounds of 5.1
  back,      ///< as it is: behind the surrounds, as the back pair of 7.1
  lfe,       ///< not at all
};

struct Measurement {
  std::optional<double> integrated;  ///< LUFS; none if all was silent, or less than 400 ms
  std::optional<double> true_peak;   ///< dBTP, the highest of all channels; none if all samples are 0
};

/// Measures sound that comes in pieces. Memory does not depend on its length.
class LoudnessMeter {
 public:
  /// One role for each channel, 1 to 64 of them; 16 Hz to 2.8 MHz.
  /// Throws std::bad_alloc if libebur128 has no memory, std::invalid_argument beyond those bounds.
  LoudnessMeter(int sample_rate, std::span<const ChannelRole> roles);

  /// One plane for each channel. What is no number counts as silence.
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
  bool limit = false;            ///< peaks would pass the ceiling
  bool measure_limited = false;  ///< the limiter may take more than 0.4 LU: see reading 2
  std::string warning;           ///< a sentence for a person, or empty
};

/// The one gain that brings the source to the target.
GainPlan plan_gain(const Measurement& source, const LoudnessTarget& target);

/// `planned`, with more gain for what the limiter takes away. `limited` was measured behind the limiter.
GainPlan refine_gain(const Measurement& source, const LoudnessTarget& target, const GainPlan& planned,
                     const Measurement& limited);

/// A sentence if the output is more than 0.5 LU from the target, else empty.
std::string loudness_shortfall(const Measurement& output, const LoudnessTarget& target);

}  // namespace convert::media
