// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace convert::media {

/// Estimates the level between samples by oversampling (ITU-R BS.1770-4, annex 2): 4 times below 96 kHz, 2
/// times below 192 kHz, not at all above. The filter is a windowed sinc of 12 taps per phase for 4 times, of
/// 24 for 2 times: the same time span.
class PeakInterpolator {
 public:
  static constexpr std::size_t kFramesBefore = 11;  ///< samples needed before the current one
  static constexpr std::size_t kFramesAfter = 12;   ///< samples needed after it

  explicit PeakInterpolator(int sample_rate);

  /// Raises `into[i]` to the maximum level at and after `samples[i]`, up to the next sample.
  /// `samples[-kFramesBefore]` to `samples[count + kFramesAfter - 1]` must be readable.
  void raise(const float* samples, std::size_t count, float* into) const;

  /// Upper bound of an interpolated level, as a multiple of the highest sample under the filter.
  float bound() const { return bound_; }

 private:
  static constexpr std::size_t kMaxTaps = kFramesBefore + 1 + kFramesAfter;
  using Phase = std::array<float, kMaxTaps>;
  template <std::size_t taps>
  static void raise(const Phase& phase, const float* samples, std::size_t count, float* into);

  int factor_;
  std::vector<Phase> phases_;  // without phase 0, which is the sample itself
  float bound_ = 1;
};

/// The highest true peak of one channel that arrives in blocks.
class TruePeak {
 public:
  explicit TruePeak(int sample_rate);
  void add(std::span<const float> samples);
  /// Linear: 1 is 0 dBTP. Treats the samples so far as the complete signal.
  float value() const;

 private:
  static constexpr std::size_t kBlockFrames = 1024;
  static constexpr std::size_t kHistoryFrames =
      PeakInterpolator::kFramesBefore + PeakInterpolator::kFramesAfter;
  void scan(std::size_t count);

  PeakInterpolator interpolator_;
  std::vector<float> samples_;  // `kHistoryFrames` old samples, then up to `kBlockFrames` new ones
  std::vector<float> levels_;
  float highest_ = 0;
};

}  // namespace convert::media
