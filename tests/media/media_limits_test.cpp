// SPDX-License-Identifier: MIT
// Exceeds each limit: error code, message, and no output.
#include <fmt/format.h>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

void expect_limit(const fs::path& from, const Limits& limits, const std::string& field,
                  const std::string& to = "out.wav", Errc code = Errc::limit_exceeded) {
  const TemporaryFolder folder;
  ConvertOptions options;
  options.limits = limits;
  const auto report = convert(from, folder / to, {}, options);
  ASSERT_FALSE(report) << field;
  expect_error(report.error(), code);
  EXPECT_THAT(report.error().message, testing::HasSubstr("limit"));
  EXPECT_TRUE(folder.names().empty()) << "a failed conversion leaves no output";
}

TEST(Limit, InputBytes) {
  NEED_SAMPLE(music, "short.wav");
  Limits limits;
  limits.input_bytes = 100'000;
  expect_limit(music, limits, "input_bytes");
}

TEST(Limit, OutputBytes) {
  NEED_SAMPLE(music, "short.wav");
  for (const std::string to : {"out.wav", "out.mp3", "out.flac", "out.m4a", "out.ogg"}) {
    Limits limits;
    limits.output_bytes = 20'000;
    expect_limit(music, limits, "output_bytes", to);
  }
}

TEST(Limit, Duration) {
  NEED_SAMPLE(music, "short.wav");
  Limits limits;
  limits.duration = milliseconds(500);
  expect_limit(music, limits, "duration");
}

// ADTS does not declare its length: the limit applies while decoding.
TEST(Limit, UndeclaredDuration) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  converted(music, folder / "a.aac");
  Limits limits;
  limits.duration = milliseconds(500);
  expect_limit(folder / "a.aac", limits, "duration");
}

TEST(Limit, Streams) {
  NEED_SAMPLE(cup, "cup.mp4");
  Limits limits;
  limits.streams = 1;
  expect_limit(cup, limits, "streams");
}

TEST(Limit, Channels) {
  NEED_SAMPLE(surround, "surround.wav");
  Limits limits;
  limits.channels = 2;
  expect_limit(surround, limits, "channels");
}

TEST(Limit, SampleRate) {
  NEED_SAMPLE(studio, "studio.wav");
  Limits limits;
  limits.sample_rate = 48'000;
  expect_limit(studio, limits, "sample_rate");
}

TEST(Limit, MetadataBytes) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const std::string cover = quoted(folder / "cover.png");
  ASSERT_EQ(
      run("ffmpeg -v error -f lavfi -i 'nullsrc=s=200x200,geq=random(1)*255:128:128' -frames:v 1 " + cover)
          .status,
      0);
  for (const std::string file : {"a.mp3", "a.flac"}) {
    const auto tagged = folder / file;
    ASSERT_EQ(run(fmt::format("ffmpeg -v error -i {} -i {} -map 0 -map 1 -disposition:v attached_pic {}",
                              quoted(music), cover, quoted(tagged)))
                  .status,
              0);
    Limits limits;
    limits.metadata_bytes = 1000;
    expect_limit(tagged, limits, "metadata_bytes", "out.flac");
  }
}

TEST(Limit, WallTime) {
  NEED_SAMPLE(music, "music.wav");
  Limits limits;
  limits.wall_time = milliseconds(1);
  expect_limit(music, limits, "wall_time", "out.mp3", Errc::deadline_exceeded);
}

TEST(Limit, Deadline) {
  NEED_SAMPLE(music, "music.wav");
  const TemporaryFolder folder;
  ConvertOptions options;
  options.deadline = std::chrono::steady_clock::now() + milliseconds(2);
  const auto report = convert(music, folder / "out.m4a", {}, options);
  ASSERT_FALSE(report);
  expect_error(report.error(), Errc::deadline_exceeded);
  EXPECT_THAT(report.error().message, testing::HasSubstr("time limit"));
  EXPECT_TRUE(folder.names().empty());
}

TEST(Limit, AcceptsInputWithinAllLimits) {
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  Limits limits;
  limits.input_bytes = fs::file_size(music);
  limits.output_bytes = fs::file_size(music) + 1000;
  limits.duration = std::chrono::seconds(4);
  limits.streams = 1;
  limits.channels = 2;
  limits.sample_rate = 48'000;
  ConvertOptions options;
  options.limits = limits;
  converted(music, folder / "out.wav", {}, options);
}

}  // namespace
}  // namespace convert::test
