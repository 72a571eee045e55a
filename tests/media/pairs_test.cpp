// SPDX-License-Identifier: MIT
// What the older services offered: mp3, aac, ogg, wav and wma, each into each other.
#include <fmt/format.h>

#include <cmath>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

const std::vector<std::string> kFormats = {"mp3", "aac", "ogg", "wav", "wma"};

const std::map<std::string, std::string> kCodecs = {
    {"mp3", "mp3"}, {"aac", "aac"}, {"ogg", "vorbis"}, {"wav", "pcm_s16le"}, {"wma", "wmav2"}};

using Pair = std::pair<std::string, std::string>;

std::vector<Pair> all_pairs() {
  std::vector<Pair> pairs;
  for (const auto& from : kFormats) {
    for (const auto& to : kFormats) {
      if (from != to) pairs.emplace_back(from, to);
    }
  }
  return pairs;
}

class Pairs : public testing::TestWithParam<Pair> {};

TEST_P(Pairs, KeepCodecLengthAndSound) {
  const auto& [from, to] = GetParam();
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto in = folder / ("in." + from);
  const auto out = folder / ("out." + to);
  // Made by somebody else's program, as what people upload is.
  const auto made = run(fmt::format("ffmpeg -v error -i {} {}", quoted(music), quoted(in)));
  ASSERT_EQ(made.status, 0) << made.output;

  const auto report = converted(in, out);
  ASSERT_EQ(report.outputs.size(), 1U);
  const auto& output = report.outputs[0];
  EXPECT_EQ(output.format, to);
  EXPECT_EQ(ffprobe(out).at("streams.stream.0.codec_name"), kCodecs.at(to));

  const auto source = decode(in);
  const auto result = decode(out);
  EXPECT_EQ(output.samples, static_cast<std::int64_t>(source.frames()));
  EXPECT_EQ(result.frames(),
            static_cast<std::size_t>(output.leading_padding + output.samples + output.trailing_padding));
  EXPECT_EQ(lag(source, result), output.leading_padding);
  const auto clip = result.part(static_cast<std::size_t>(output.leading_padding), source.frames());
  EXPECT_GE(correlation(source, clip), 0.95);
}

INSTANTIATE_TEST_SUITE_P(Older, Pairs, testing::ValuesIn(all_pairs()),
                         [](const auto& pair) { return pair.param.first + "_to_" + pair.param.second; });

}  // namespace
}  // namespace convert::test
