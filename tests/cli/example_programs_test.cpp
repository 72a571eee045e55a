// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class ExampleProgramsTest : public TemporaryFolderTest {};

TEST_F(ExampleProgramsTest, ConvertInMemory) {
  const auto result = bash(CONVERT_IN_MEMORY_PROGRAM);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, MatchesRegex("88244 bytes of WAV became [0-9]+ bytes of FLAC, 44100 samples\n"));
}

TEST_F(ExampleProgramsTest, CustomReader) {
  SKIP_WITHOUT_MUSIC();
  auto scrambled = read("song.wav");
  for (auto& byte : scrambled) byte = static_cast<char>(byte ^ 0x5A);
  write("scrambled", scrambled);
  const auto result = bash(fmt::format("{} scrambled song.flac flac", CUSTOM_READER_PROGRAM));
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("flac: "));
  EXPECT_THAT(result.out, HasSubstr(" 132300 samples"));
  EXPECT_EQ(bash("flac -s -d song.flac -o again.wav && ffmpeg -v error -i again.wav -f s16le a.pcm && "
                 "ffmpeg -v error -i song.wav -f s16le b.pcm && cmp a.pcm b.pcm")
                .code,
            0);
}

TEST_F(ExampleProgramsTest, CustomStorage) {
  SKIP_WITHOUT_MUSIC();
  const auto result = bash(fmt::format("{} song.wav flac song.flac", CUSTOM_STORAGE_PROGRAM));
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, MatchesRegex("song.flac: [0-9]+ bytes went through the storage\n"));
  EXPECT_EQ(bash("flac -s -t song.flac").code, 0);
}

TEST_F(ExampleProgramsTest, CustomConverter) {
  for (const char* where : {"in_process", "sandboxed"}) {
    const auto result = bash(fmt::format("{} {} 'hello, world'", CUSTOM_CONVERTER_PROGRAM, where));
    EXPECT_EQ(result.code, 0) << where << ": " << result.err;
    EXPECT_EQ(result.out, "HELLO, WORLD\n") << where;
  }
}

TEST_F(ExampleProgramsTest, AsyncJobs) {
  SKIP_WITHOUT_MUSIC();
  ASSERT_EQ(
      bash("mkdir in && for i in 1 2 3; do cp song.wav in/$i.wav; done && echo no sound > in/4.txt").code, 0);
  const auto line = fmt::format("{} in flac data", ASYNC_JOBS_PROGRAM);
  const auto result = bash(line);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("1.wav: succeeded\n"));
  EXPECT_THAT(result.out, HasSubstr("4.txt: failed\n"));
  EXPECT_EQ(bash("flac -s -t data/results/1.flac data/results/2.flac data/results/3.flac").code, 0);
  const auto again = bash(line);
  EXPECT_EQ(again.code, 0);
  EXPECT_EQ(again.out, "") << "nothing is done twice";
}

TEST_F(ExampleProgramsTest, AsyncJobsResumeAfterCtrlC) {
  SKIP_WITHOUT_MUSIC();
  ASSERT_EQ(bash("mkdir in && for i in $(seq 40); do cp song.wav in/$i.wav; done").code, 0);
  const auto line = fmt::format("{} in mp3 data", ASYNC_JOBS_PROGRAM);
  // Interrupted after the first result.
  const auto stopped = bash(fmt::format(
      "set -m; {} > out & while ! grep -q succeeded out; do kill -0 %1 || break; done; kill -INT %1; wait %1",
      line));
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_THAT(read("out"), HasSubstr("Run it again to continue."));
  const auto rest = bash(line);
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_EQ(bash("ls data/results | wc -l").out, "40\n");
}

}  // namespace
}  // namespace convert::test
