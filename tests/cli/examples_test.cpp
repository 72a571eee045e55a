// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.hpp"

namespace convert::test {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class Examples : public InFolder {};

TEST_F(Examples, ConvertInMemory) {
  const auto outcome = bash(CONVERT_IN_MEMORY_PROGRAM);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, MatchesRegex("88244 bytes of WAV became [0-9]+ bytes of FLAC, 44100 samples\n"));
}

TEST_F(Examples, CustomReader) {
  NEED_MUSIC();
  auto scrambled = read("song.wav");
  for (auto& byte : scrambled) byte = static_cast<char>(byte ^ 0x5A);
  write("scrambled", scrambled);
  const auto outcome = bash(fmt::format("{} scrambled song.flac flac", CUSTOM_READER_PROGRAM));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("flac: "));
  EXPECT_THAT(outcome.out, HasSubstr(" 132300 samples"));
  EXPECT_EQ(bash("flac -s -d song.flac -o again.wav && ffmpeg -v error -i again.wav -f s16le a.pcm && "
                 "ffmpeg -v error -i song.wav -f s16le b.pcm && cmp a.pcm b.pcm")
                .code,
            0);
}

}  // namespace
}  // namespace convert::test
