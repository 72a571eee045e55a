// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/audio/true_peak.hpp"

namespace convert::media {

/// A gain curve that falls before each peak and recovers slowly after it. Input: the gain that each frame
/// requires. Output: a gain that is `delay()` frames late and never above the required gain.
class GainEnvelope {
 public:
  GainEnvelope(std::size_t attack_frames, std::size_t hold_frames, double release_frames);
  double next(double required);
  std::size_t delay() const { return delay_; }
  /// Whether the gain has been 1 for long enough to stay 1 until a lower gain is required.
  bool is_idle() const { return idle_frames_ > window_ + delay_; }

 private:
  /// Mean of the last values.
  class MovingAverage {
   public:
    explicit MovingAverage(std::size_t frames) : values_(frames, 1.0), sum_(static_cast<double>(frames)) {}
    double next(double value);

   private:
    std::vector<double> values_;
    std::size_t position_ = 0;
    double sum_;
  };
  struct RequiredGain {
    std::uint64_t frame = 0;
    double gain = 1;
  };
  double window_minimum(double required);

  std::size_t window_;
  std::size_t delay_;
  double release_;
  std::vector<RequiredGain> required_gains_;  // ring buffer of the window's minima: entries that a later,
                                              // lower gain replaces are dropped
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint64_t frame_ = 0;
  std::size_t idle_frames_ = 0;
  double current_gain_ = 1;
  MovingAverage first_average_;
  MovingAverage second_average_;
};

struct LimiterSettings {
  int sample_rate = 44'100;
  std::size_t channels = 2;
  double gain = 1;      ///< linear, applied before limiting
  double ceiling = -1;  ///< dBTP
};

/// Applies a constant gain and keeps true peaks at or below a ceiling. Looks 5 ms ahead, recovers within
/// about 100 ms, applies the same gain to all channels. Outputs as many frames as it receives, at the same
/// position. Allocates nothing after construction.
class PeakLimiter {
 public:
  explicit PeakLimiter(const LimiterSettings& settings);

  /// Processes `frames` frames; returns the number of frames written to `out`, at most `frames`. `out` may be
  /// `in`. Values that are not finite become silence.
  std::size_t process(std::span<const float* const> in, std::size_t frames, std::span<float* const> out);

  /// Call after the last frame: writes up to `capacity` of the remaining frames; returns 0 when none is left.
  std::size_t flush(std::span<float* const> out, std::size_t capacity);

 private:
  static constexpr std::size_t kBlockFrames = 1024;
  bool fill(const float* plane, std::vector<float>& line, std::size_t count) const;
  std::size_t run(std::size_t count, bool may_exceed, std::span<float* const> out, std::size_t offset);

  PeakInterpolator interpolator_;
  GainEnvelope envelope_;
  float gain_;
  double ceiling_;
  std::size_t latency_;
  std::size_t to_skip_;   // frames of silence before the first input frame
  std::size_t to_flush_;  // frames of silence to feed after the last input frame
  std::vector<std::vector<float>>
      delay_lines_;  // each channel: `latency_` old frames, then up to `kBlockFrames` new ones
  std::vector<float> levels_;
  std::vector<float> gains_;
};

}  // namespace convert::media
