// SPDX-License-Identifier: MIT
// Cuts are exact to the sample, whatever the frame size of the input is.
#include <fmt/format.h>

#include <cmath>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

class Trim : public testing::TestWithParam<std::string> {};

TEST_P(Trim, EqualsTheSameRangeOfTheWhole) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto from = folder / ("in." + GetParam());
  converted(music, from,
            GetParam() == "mka" ? std::vector<std::string>{"codec=aac"} : std::vector<std::string>{});
  converted(from, folder / "whole.wav", {"sample_format=f32"});
  const auto whole = decode(folder / "whole.wav");
  struct Cut {
    double start, end;
  };
  for (const auto& [start, end] : {Cut{2.5, 5.25}, Cut{0, 0.1}, Cut{7.12345, 9.9}, Cut{9.5, 60}}) {
    const auto out = folder / "cut.wav";
    const auto report = converted(
        from, out, {"sample_format=f32", fmt::format("start={}", start), fmt::format("end={}", end)});
    const auto begin = static_cast<std::size_t>(std::llround(start * whole.rate));
    const auto behind = std::min(static_cast<std::size_t>(std::llround(end * whole.rate)), whole.frames());
    const auto expected = whole.part(begin, behind - begin);
    const auto result = decode(out);
    ASSERT_EQ(result.frames(), expected.frames()) << start << " to " << end;
    EXPECT_EQ(report.outputs.at(0).samples, static_cast<std::int64_t>(expected.frames()));
    // Decoders that add noise (AAC) do not reach the same state when they start in the middle.
    EXPECT_GE(snr(expected, result), GetParam() == "m4a" ? 25 : 1000) << start << " to " << end;
  }
}

INSTANTIATE_TEST_SUITE_P(Inputs, Trim,
                         testing::Values("mp3", "aac", "m4a", "ogg", "opus", "flac", "wav", "aiff", "mka",
                                         "wma", "ac3"),
                         [](const auto& format) { return format.param; });

TEST(TrimOfLossyTargets, HasTheExactLength) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto source = decode(music).part(44'100, 3 * 44'100);
  for (const std::string format : {"mp3", "ogg", "flac"}) {
    const auto out = folder / ("cut." + format);
    converted(music, out, {"start=1", "end=4"});
    const auto result = decode(out);
    EXPECT_EQ(result.frames(), source.frames()) << format;
    EXPECT_EQ(lag(source, result), 0) << format;
  }
}

TEST(TrimAfterTheEnd, IsRejectedWithTheDuration) {
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  const auto refused = convert(music, folder / "a.wav", {"start=20"});
  ASSERT_FALSE(refused);
  expect_error(refused.error(), Errc::invalid_argument);
  EXPECT_THAT(refused.error().message,
              testing::AllOf(testing::HasSubstr("start"), testing::HasSubstr("10.01")));
  EXPECT_TRUE(folder.names().empty());
}

}  // namespace
}  // namespace convert::test
