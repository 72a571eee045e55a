// SPDX-License-Identifier: MIT
// Which channels come out, and in which order.
#include <fmt/format.h>

#include <cctype>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

TEST(Channels, MayBeAnyNumberThatTheCodecHas) {
  SKIP_WITHOUT_PROGRAMS("ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  for (const std::string format : {"opus", "ogg", "flac", "wav"}) {
    for (int channels = 1; channels <= 8; ++channels) {
      const auto out = folder / ("out." + format);
      converted(music, out, {fmt::format("channels={}", channels)});
      EXPECT_EQ(number(ffprobe(out), "streams.stream.0.channels"), channels) << format;
    }
  }
}

class Layouts : public testing::TestWithParam<std::string> {};

// What FFmpeg's decoders of AC-3 and DTS give is among those that Opus, Vorbis and AAC have no word for.
TEST_P(Layouts, BecomeOnesThatEveryPlayerKnows) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  const TemporaryFolder folder;
  const auto source = folder / "in.wav";
  const auto made = run(fmt::format("ffmpeg -v error -f lavfi -i 'anullsrc=cl={}' -t 0.3 -c:a pcm_s16le {}",
                                    GetParam(), quoted(source)));
  ASSERT_EQ(made.status, 0) << made.output;
  const auto before = number(ffprobe(source), "streams.stream.0.channels");
  const std::vector<std::string> known{"3.0", "4.0", "quad", "5.0", "5.1", "6.1", "7.1"};
  for (const std::string format : {"opus", "ogg", "m4a"}) {
    const auto out = folder / ("out." + format);
    converted(source, out);
    const auto properties = ffprobe(out);
    EXPECT_THAT(known, testing::Contains(properties.at("streams.stream.0.channel_layout"))) << format;
    EXPECT_GE(number(properties, "streams.stream.0.channels"), before) << format;
  }
}

INSTANTIATE_TEST_SUITE_P(Others, Layouts,
                         testing::Values("2.1", "3.0(back)", "4.0", "quad(side)", "3.1", "5.0(side)", "4.1",
                                         "5.1(side)", "6.0", "hexagonal", "6.1(back)", "7.0", "7.1(wide)"),
                         [](const auto& layout) {
                           std::string name = layout.param;
                           for (char& c : name)
                             c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
                           return name;
                         });

}  // namespace
}  // namespace convert::test
