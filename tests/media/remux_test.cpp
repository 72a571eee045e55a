// SPDX-License-Identifier: MIT
// Sound that is copied between containers that say its header, its delay and its end in different ways.
#include <fmt/format.h>

#include "media/media_support.hpp"
#include "support/forward_only.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

bool is_copied(const Report& report) {
  return std::any_of(report.streams.begin(), report.streams.end(), [](const StreamPlan& stream) {
    return stream.kind == StreamKind::audio && stream.action == StreamAction::copy;
  });
}

/// `options` make "in.<extension>" out of some music.
fs::path made_by_ffmpeg(const TemporaryFolder& folder, const fs::path& music, const std::string& options,
                        const std::string& extension) {
  const auto file = folder / ("in." + extension);
  const auto ran = run(fmt::format("ffmpeg -v error -y -f lavfi -i testsrc=d=3:s=64x64:r=10 -i {} {} {}",
                                   quoted(music), options, quoted(file)));
  EXPECT_EQ(ran.status, 0) << ran.output;
  return file;
}

class AdtsCopy : public testing::TestWithParam<std::tuple<std::string, std::string, bool>> {};

TEST_P(AdtsCopy, GetsOneHeaderForAll) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const auto& [from, to, piped] = GetParam();
  const TemporaryFolder folder;
  const auto file =
      made_by_ffmpeg(folder, music, from == "aac" ? "-map 1:a -c:a aac" : "-c:v mpeg2video -c:a aac", from);
  const auto out = folder / ("out." + to);
  std::vector<std::byte> forward;
  if (piped) {
    const auto content = read_file(file);
    ForwardReader reader(content, 4'000);
    std::string bytes;
    const auto outputs = single_output(std::make_unique<ForwardWriter>(bytes));
    const Input input{&reader, "in"};
    const auto report = Library().convert(std::span(&input, 1), *outputs, spec_of({"format=" + to}));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(is_copied(*report));
    write_file(out, bytes);
  } else {
    EXPECT_TRUE(is_copied(converted(file, out)));
  }
  const auto ran = run(fmt::format("ffmpeg -v warning -i {} -f null - 2>&1", quoted(out)));
  EXPECT_EQ(ran.output, "");
  EXPECT_TRUE(decode(out).samples == decode(file).samples);
}

INSTANTIATE_TEST_SUITE_P(Of, AdtsCopy,
                         testing::Combine(testing::Values("aac", "ts"), testing::Values("m4a", "mka"),
                                          testing::Bool()),
                         [](const auto& of) {
                           return std::get<0>(of.param) + "_" + std::get<1>(of.param) +
                                  (std::get<2>(of.param) ? "_piped" : "");
                         });

// A LAME tag cannot say "no delay": with one, players would cut 529 samples, and with a wrong one more.
TEST(Copy, OfMp3WithoutADelayLosesNothing) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "mpg123");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  for (const std::string extension : {"mkv", "avi", "flv", "mp3"}) {
    SCOPED_TRACE(extension);
    const auto file =
        made_by_ffmpeg(folder, music,
                       extension == "mp3" ? "-map 1:a -write_xing 0 -id3v2_version 0 -c:a libmp3lame"
                                          : "-c:v flv -c:a libmp3lame -ar 44100",
                       extension);
    const auto out = folder / "out.mp3";
    const auto report = converted(file, out);
    EXPECT_TRUE(is_copied(report));
    const auto source = decode(file);
    const auto result = decode(out);
    ASSERT_GE(result.frames(), source.frames());
    EXPECT_TRUE(result.part(0, source.frames()).samples == source.samples);
    // mpg123 leaves out the delay of every decoder wherever there is a Xing header.
    EXPECT_EQ(decode_by("mpg123 -q -w - " + quoted(out)).frames(), result.frames() - 529);
    const bool longer = result.frames() > source.frames();
    EXPECT_EQ(warned(report.warnings, WarningCode::padding), longer) << all_messages(report.warnings);
  }
}

TEST(Copy, OfOpusEndsWhereTheSoundEnds) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto file = made_by_ffmpeg(folder, music, "-map 1:a -c:a libopus", "webm");
  for (const std::string to : {"opus", "mka", "opus", "ogg"}) {
    const auto out = folder / ("out." + to);
    converted(file, out, {"codec=copy"});
    EXPECT_EQ(decode(out).frames(), decode(file).frames()) << to;
  }
  converted(folder / "out.opus", folder / "again.opus");
  EXPECT_EQ(decode(folder / "again.opus").frames(), decode(file).frames());
}

}  // namespace
}  // namespace convert::test
