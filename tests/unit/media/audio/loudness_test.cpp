// SPDX-License-Identifier: MIT
#include "media/audio/loudness.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "audio_clip.hpp"
#include "media/audio/limiter.hpp"

namespace convert::media {
namespace {

using test::AudioClip;

constexpr double pi = std::numbers::pi;

Measurement measure(const AudioClip& clip, std::span<const ChannelRole> roles) {
  LoudnessMeter meter(clip.rate, roles);
  meter.add(clip.planes(), clip.frames());
  return meter.measure();
}

Measurement measure(const AudioClip& clip) {
  return measure(clip, std::vector<ChannelRole>(clip.channels.size(), ChannelRole::front));
}

AudioClip sine(double frequency, double level_db, double seconds, int rate = 48'000,
               std::size_t channels = 2) {
  const double amplitude = std::pow(10, level_db / 20);
  return test::make_clip(rate, channels, seconds, [=](std::size_t i) {
    return amplitude * std::sin(2 * pi * frequency * static_cast<double>(i) / rate);
  });
}

std::string music() { return "/usr/share/games/singularity/music/Awakening.ogg"; }

#define SKIP_WITHOUT(clip) \
  if ((clip).frames() == 0) GTEST_SKIP() << "needs ffmpeg and the package singularity-music"

/// Limits in place, in blocks of uneven sizes, as a pipeline does.
AudioClip limit(const AudioClip& source, const LimiterSettings& settings, std::size_t piece = 1777) {
  PeakLimiter limiter(settings);
  AudioClip result{source.rate, std::vector<std::vector<float>>(source.channels.size())};
  const auto append = [&result](const AudioClip& buffer, std::size_t count) {
    for (std::size_t c = 0; c < buffer.channels.size(); ++c) {
      result.channels[c].insert(result.channels[c].end(), buffer.channels[c].begin(),
                                buffer.channels[c].begin() + static_cast<std::ptrdiff_t>(count));
    }
  };
  for (std::size_t done = 0; done < source.frames(); done += piece) {
    AudioClip buffer = source.part(done, std::min(piece, source.frames() - done));
    append(buffer, limiter.process(buffer.planes(), buffer.frames(), buffer.writable_planes()));
  }
  AudioClip buffer =
      test::make_clip(source.rate, source.channels.size(), 0.001, [](std::size_t) { return 0; });
  while (const std::size_t count = limiter.flush(buffer.writable_planes(), buffer.frames())) {
    append(buffer, count);
  }
  return result;
}

TEST(LoudnessMeter, ASineOfMinus23IsMinus23) {
  // EBU Tech 3341, case 1: 1 kHz in both channels, peaks at -23 dBFS.
  EXPECT_NEAR(*measure(sine(1000, -23, 20)).integrated, -23.0, 0.1);
  EXPECT_NEAR(*measure(sine(1000, -33, 20)).integrated, -33.0, 0.1);
}

TEST(LoudnessMeter, OneChannelIsThreeDecibelsLess) {
  EXPECT_NEAR(*measure(sine(1000, -23, 20, 48'000, 1)).integrated, -26.0, 0.1);
}

TEST(LoudnessMeter, AgreesWithFfmpegOnMusic) {
  const auto clip = test::decode(music());
  SKIP_WITHOUT(clip);
  const auto expected = test::ffmpeg_loudness(music());
  const auto measured = measure(clip);
  EXPECT_NEAR(*measured.integrated, expected.integrated, 0.1);
  EXPECT_NEAR(*measured.true_peak, expected.true_peak, 0.25);  // its interpolation filter is longer
}

TEST(LoudnessMeter, AgreesWithLibebur128OnTruePeaks) {
  const auto clip = test::decode(music());
  SKIP_WITHOUT(clip);
  EXPECT_NEAR(*measure(clip).true_peak, test::true_peak(clip), 0.02);
}

TEST(LoudnessMeter, DetectsPeaksBetweenSamples) {
  // A quarter of the sample rate, sampled 45 degrees beside its peaks: the true peak is 3 dB higher than the
  // samples.
  const auto clip = test::make_clip(
      48'000, 1, 1, [](std::size_t i) { return 0.5 * std::sin(pi / 2 * static_cast<double>(i) + pi / 4); });
  EXPECT_NEAR(*measure(clip).true_peak, -6.02, 0.2);
}

TEST(LoudnessMeter, DoesNotDependOnTheBlockSize) {
  const auto clip = test::noise(44'100, 2, 3, 0.3);
  LoudnessMeter meter(clip.rate, std::array{ChannelRole::front, ChannelRole::front});
  for (std::size_t done = 0; done < clip.frames(); done += 997) {
    const auto part = clip.part(done, std::min<std::size_t>(997, clip.frames() - done));
    meter.add(part.planes(), part.frames());
  }
  EXPECT_DOUBLE_EQ(*meter.measure().integrated, *measure(clip).integrated);
  EXPECT_DOUBLE_EQ(*meter.measure().true_peak, *measure(clip).true_peak);
}

TEST(LoudnessMeter, IgnoresTheLfeAndWeightsTheSurrounds) {
  constexpr std::array roles{ChannelRole::front, ChannelRole::front,    ChannelRole::front,
                             ChannelRole::lfe,   ChannelRole::surround, ChannelRole::surround};
  const auto in_channel = [&roles](std::size_t channel) {
    auto clip = sine(1000, -20, 5, 48'000, 6);
    for (std::size_t c = 0; c < 6; ++c) {
      if (c != channel) std::fill(clip.channels[c].begin(), clip.channels[c].end(), 0.0F);
    }
    return measure(clip, roles);
  };
  EXPECT_NEAR(*in_channel(0).integrated, -23.0, 0.1);
  EXPECT_FALSE(in_channel(3).integrated);
  EXPECT_NEAR(*in_channel(3).true_peak, -20.0, 0.1);  // clips like any other channel
  EXPECT_NEAR(*in_channel(4).integrated, -21.5, 0.1);
}

TEST(LoudnessMeter, HasNoResultForSilence) {
  const auto measured = measure(test::make_clip(44'100, 2, 2, [](std::size_t) { return 0; }));
  EXPECT_FALSE(measured.integrated);
  EXPECT_FALSE(measured.true_peak);
}

TEST(LoudnessMeter, HasNoResultBelow400Milliseconds) {
  const auto measured = measure(sine(1000, -6, 0.3));
  EXPECT_FALSE(measured.integrated);
  EXPECT_NEAR(*measured.true_peak, -6, 0.1);
}

TEST(LoudnessMeter, CountsNanAsSilence) {
  auto clip = sine(1000, -23, 5);
  clip.channels[0][1000] = std::numeric_limits<float>::quiet_NaN();
  clip.channels[1][2000] = std::numeric_limits<float>::infinity();
  const auto measured = measure(clip);
  EXPECT_NEAR(*measured.integrated, -23.0, 0.1);
  EXPECT_NEAR(*measured.true_peak, -23.0, 1.0);  // a hole in a sine rings a little
}

TEST(PlanGain, IsTheDifferenceWhenPeaksAllowIt) {
  const auto gain = plan_gain({-30.0, -12.0}, {-23.0, -1.0});
  EXPECT_NEAR(gain.linear, std::pow(10, 7.0 / 20), 1e-9);
  EXPECT_FALSE(gain.limit);
  EXPECT_FALSE(gain.measure_limited);
  EXPECT_EQ(gain.warning, "");
}

TEST(PlanGain, LimitsIfPeaksWouldExceedTheCeiling) {
  const auto gain = plan_gain({-20.0, -3.0}, {-14.0, -1.0});
  EXPECT_TRUE(gain.limit);
  EXPECT_TRUE(gain.measure_limited);
  EXPECT_EQ(gain.warning, "At -14.0 LUFS, peaks would reach +3.0 dBTP; a limiter holds them at -1.0 dBTP.");
}

TEST(PlanGain, SkipsTheSecondMeasurementForLittleLimiting) {
  const auto gain = plan_gain({-20.0, -6.8}, {-14.0, -1.0});
  EXPECT_TRUE(gain.limit);
  EXPECT_FALSE(gain.measure_limited);
}

TEST(PlanGain, LeavesSilenceAlone) {
  const auto gain = plan_gain({}, {-23.0, -1.0});
  EXPECT_EQ(gain.linear, 1.0);
  EXPECT_FALSE(gain.limit);
  EXPECT_NE(gain.warning.find("silent"), std::string::npos);
  EXPECT_NE(plan_gain({{}, -10.0}, {}).warning.find("too short or too quiet"), std::string::npos);
}

TEST(PlanGain, ReportsAMissedTarget) {
  EXPECT_EQ(loudness_shortfall({-14.4, -1.0}, {-14.0, -1.0}), "");
  EXPECT_EQ(loudness_shortfall({-16.0, -1.0}, {-14.0, -1.0}),
            "The output has -16.0 LUFS instead of -14.0: more would require peaks above -1.0 dBTP.");
}

TEST(PeakLimiter, KeepsSamplesBelowTheCeilingUnchangedAndInPlace) {
  const auto clip = test::noise(44'100, 2, 1, 0.1);
  const auto limited = limit(clip, {44'100, 2, 2.0, -1});
  ASSERT_EQ(limited.frames(), clip.frames());
  for (std::size_t i = 0; i < clip.frames(); ++i) {
    ASSERT_EQ(limited.channels[0][i], clip.channels[0][i] * 2.0F) << i;
    ASSERT_EQ(limited.channels[1][i], clip.channels[1][i] * 2.0F) << i;
  }
}

TEST(PeakLimiter, OutputsAsManyFramesAsItReceives) {
  for (const std::size_t frames : {0U, 1U, 100U, 231U, 232U, 233U, 1024U, 5000U}) {
    const auto clip = test::noise(44'100, 2, 1, 1).part(0, frames);
    EXPECT_EQ(limit(clip, {44'100, 2, 1.0, -1}).frames(), frames);
  }
}

TEST(PeakLimiter, DoesNotDependOnTheBlockSize) {
  const auto clip = test::noise(44'100, 2, 2, 1);
  const auto one = limit(clip, {44'100, 2, 1.5, -1}, 64);
  const auto other = limit(clip, {44'100, 2, 1.5, -1}, 5000);
  EXPECT_EQ(one.channels, other.channels);
}

TEST(PeakLimiter, AttacksBeforeASinglePeakAndReleasesAfterIt) {
  auto clip = sine(440, -12, 2, 44'100, 1);
  clip.channels[0][44'100] = 2.0F;
  const auto limited = limit(clip, {44'100, 1, 1.0, -1});
  EXPECT_LE(test::true_peak(limited), -0.9);
  const auto same_at = [&](std::size_t i) { return limited.channels[0][i] == clip.channels[0][i]; };
  EXPECT_TRUE(same_at(44'100 - 400));
  EXPECT_FALSE(same_at(44'100 - 30));
  // 95 % of the release after three times 100 ms.
  const auto ratio = limited.channels[0][44'100 + 13'249] / clip.channels[0][44'100 + 13'249];
  EXPECT_GT(ratio, 0.94);
  EXPECT_LT(ratio, 0.999);
}

TEST(PeakLimiter, AppliesTheSameGainToAllChannels) {
  auto clip = sine(440, 3, 1, 44'100, 2);
  for (auto& sample : clip.channels[1]) sample *= 0.25F;
  const auto limited = limit(clip, {44'100, 2, 1.0, -1});
  for (std::size_t i = 0; i < clip.frames(); ++i) {
    ASSERT_NEAR(limited.channels[1][i], limited.channels[0][i] * 0.25F, 1e-6);
  }
}

class Ceiling : public testing::TestWithParam<int> {};

TEST_P(Ceiling, HoldsForNoise) {
  const int rate = GetParam();
  const auto clip = test::noise(rate, 2, 3, 1);
  for (const double gain : {1.0, 2.0, 8.0}) {
    EXPECT_LE(test::true_peak(limit(clip, {rate, 2, gain, -1})), -0.9) << gain;
  }
}

TEST_P(Ceiling, HoldsForSquareWaves) {
  const int rate = GetParam();
  for (const double frequency : {55.0, 441.0, 997.0, 3001.0}) {
    const auto clip = test::make_clip(rate, 2, 1, [=](std::size_t i) {
      return std::sin(2 * pi * frequency * static_cast<double>(i) / rate) < 0 ? -0.9 : 0.9;
    });
    EXPECT_LE(test::true_peak(limit(clip, {rate, 2, 2.0, -1})), -0.9) << frequency;
  }
}

TEST_P(Ceiling, HoldsForBursts) {
  const int rate = GetParam();
  const auto noise = test::noise(rate, 1, 2, 1);
  const auto clip = test::make_clip(
      rate, 1, 2, [&](std::size_t i) { return noise.channels[0][i] * (i / 500 % 7 == 3 ? 4 : 0.2); });
  EXPECT_LE(test::true_peak(limit(clip, {rate, 1, 1.0, -2})), -1.9);
}

INSTANTIATE_TEST_SUITE_P(Rates, Ceiling, testing::Values(8'000, 22'050, 44'100, 48'000, 96'000, 192'000),
                         [](const auto& rate) { return fmt::format("{}Hz", rate.param); });

/// Passes 1 to 3 of loudness.hpp.
AudioClip normalize(const AudioClip& source, const LoudnessTarget& target) {
  const auto measured = measure(source);
  GainPlan gain = plan_gain(measured, target);
  const auto apply = [&] {
    return limit(source, {source.rate, source.channels.size(), gain.linear, target.ceiling});
  };
  if (gain.measure_limited) gain = refine_gain(measured, target, gain, measure(apply()));
  return apply();
}

TEST(Normalizing, ReachesTheTargetAndTheCeilingOnMusic) {
  for (const char* song : {"Awakening", "Nebula"}) {
    const auto clip = test::decode(fmt::format("/usr/share/games/singularity/music/{}.ogg", song), "-t 30");
    SKIP_WITHOUT(clip);
    const auto source = measure(clip);
    for (const double excess : {-6.0, 0.2, 2.0, 4.0, 6.0}) {
      const LoudnessTarget target{*source.integrated - *source.true_peak - 1 + excess, -1};
      const auto normal = normalize(clip, target);
      EXPECT_NEAR(*measure(normal).integrated, target.integrated, 0.5) << song << ' ' << excess;
      EXPECT_LE(test::true_peak(normal), -0.9) << song << ' ' << excess;
    }
  }
}

TEST(Normalizing, ReportsAnUnreachableTarget) {
  const auto clip = sine(1000, -20, 5, 44'100, 1);  // consists of peaks: -4 LUFS is the maximum
  const LoudnessTarget target{-2, -1};
  const auto normal = normalize(clip, target);
  EXPECT_LE(test::true_peak(normal), -0.9);
  EXPECT_NE(loudness_shortfall(measure(normal), target), "");
}

}  // namespace
}  // namespace convert::media
