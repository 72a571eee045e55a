// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/audio/true_peak.hpp"

namespace convert::media {

/// A gain that is down before a peak comes, however high, and rises slowly after it. Fed with the gain
/// that each frame needs; answers with one that is `delay()` frames late and never more than needed.
class GainEnvelope {
 public:
  GainEnvelope(std::size_t attack_frames, std::size_t hold_frames, double release_frames);
  double next(double required);
  std::size_t delay() const { return delay_; }
  /// Whether it has been 1 for so long that it stays 1 until something less is needed.
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
  std::vector<RequiredGain>
      required_gains_;  // a ring: of the needs in the window, those that a later one doesn't undercut
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

/// Multiplies by a constant gain and keeps true peaks at or below a ceiling: looks 5 ms ahead, comes back
/// within about 100 ms, treats all channels alike. As many frames come out as went in, at their place.
/// Nothing is allocated after construction.
class PeakLimiter {
 public:
  explicit PeakLimiter(const LimiterSettings& settings);

  /// Takes `frames` frames, and writes into `out` as many as are finished, at most `frames`; returns how
  /// many. `out` may be `in`. What is no number becomes silence.
  std::size_t process(std::span<const float* const> in, std::size_t frames, std::span<float* const> out);

  /// After the last frame: writes up to `capacity` of the frames that are still inside; 0 when none is left.
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
  std::size_t to_skip_;   // frames of the silence before the first one
  std::size_t to_flush_;  // frames of silence after the last one
  std::vector<std::vector<float>>
      delay_lines_;  // each channel: `latency_` old frames, then up to `kBlockFrames` new ones
  std::vector<float> levels_;
  std::vector<float> gains_;
};

}  // namespace convert::media
