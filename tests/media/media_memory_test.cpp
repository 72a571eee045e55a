// SPDX-License-Identifier: MIT
// Memory use does not grow with the file. Each measurement is a process of its own.
#include <cstdlib>

#include <fmt/format.h>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMeasures = false;
#else
constexpr bool kMeasures = true;
#endif

#define NEED_MEASURE() \
  if (!kMeasures) GTEST_SKIP() << "sanitizers take memory of their own"
#define NEED_FULL() \
  if (std::getenv("CONVERT_TEST_FULL") == nullptr) GTEST_SKIP() << "runs with CONVERT_TEST_FULL=1 only"

/// KiB.
long peak_of(int seconds, int rate, int channels, const std::string& words, const std::string& to = "-") {
  const auto ran =
      run(fmt::format("{} {} {} {} {} {}", LONG_AUDIO_PROGRAM, seconds, rate, channels, to, words));
  EXPECT_EQ(ran.status, 0) << ran.output;
  return std::strtol(ran.output.c_str(), nullptr, 10);
}

constexpr long kMiB = 1024;
constexpr int kHour = 3600;

TEST(Memory, StaysBelow64MiBForAnHourLongWavToMp3) {
  NEED_MEASURE();
  const long peak = peak_of(2 * kHour, 8000, 1, "format=mp3");
  EXPECT_GT(peak, 0);
  EXPECT_LT(peak, 64 * kMiB);
}

TEST(Memory, StaysBelow64MiBForEightHoursInFullQuality) {
  NEED_MEASURE();
  NEED_FULL();
  EXPECT_LT(peak_of(8 * kHour, 44'100, 2, "format=mp3"), 64 * kMiB);
}

std::string as_name(std::string words) {
  std::replace_if(
      words.begin(), words.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; },
      '_');
  return words;
}

class MemoryOf : public testing::TestWithParam<std::string> {};

TEST_P(MemoryOf, DoesNotGrowWithTheFile) {
  NEED_MEASURE();
  const long short_one = peak_of(60, 44'100, 2, GetParam());
  const long long_one = peak_of(1200, 44'100, 2, GetParam());
  // A container's index may take 64 bytes for each packet of 576 samples or more.
  constexpr long kIndex = 64L * 1140 * 44'100 / 576 / 1024;
  EXPECT_LT(long_one, short_one + kIndex + 2 * kMiB) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Formats, MemoryOf,
                         testing::Values("format=flac", "format=wav volume=0.5", "format=wav",
                                         "format=m4a codec=alac", "format=wma",
                                         "format=aiff sample_format=s24", "format=mka codec=flac"),
                         [](const auto& words) { return as_name(words.param); });

class MemoryOfPiped : public testing::TestWithParam<std::string> {};

TEST_P(MemoryOfPiped, DoesNotGrowWithTheStream) {
  NEED_MEASURE();
  const long short_one = peak_of(60, 44'100, 2, GetParam(), "'|'");
  const long long_one = peak_of(300, 44'100, 2, GetParam(), "'|'");
  EXPECT_GT(short_one, 0);
  EXPECT_LT(long_one, short_one + 3 * kMiB) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Formats, MemoryOfPiped,
                         testing::Values("format=mp3", "format=flac", "format=m4a codec=alac", "format=wav",
                                         "format=opus", "format=mka codec=flac", "format=wma",
                                         "format=aiff sample_format=s24"),
                         [](const auto& words) { return as_name(words.param); });

TEST(LongWav, BecomesRf64Past4GiB) {
  SKIP_WITHOUT_PROGRAMS("ffprobe");
  NEED_FULL();
  const TemporaryFolder folder;
  const auto out = folder / "long.wav";
  peak_of(8 * kHour, 44'100, 2, "format=wav volume=0.5", out.string());
  EXPECT_GT(std::filesystem::file_size(out), std::uintmax_t{1} << 32U);
  EXPECT_NEAR(number(ffprobe(out), "format.duration"), 8 * kHour, 0.001);
}

}  // namespace
}  // namespace convert::test
