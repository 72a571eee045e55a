// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <convert/convert.hpp>

#include "cli/run_program.hpp"

namespace convert::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

class ConvertFileQueryTest : public TemporaryFolderTest {};

TEST_F(ConvertFileQueryTest, HelpListsEveryOptionAndExitCode) {
  const auto result = convert_file({"--help"});
  EXPECT_EQ(result.code, 0);
  for (const auto& option : spec_options())
    EXPECT_THAT(result.out, HasSubstr("  " + std::string(option.name)));
  for (const char* text : {"Examples", "  130  ", "--limit NAME=VALUE", "archive_ratio", "tags.NAME"}) {
    EXPECT_THAT(result.out, HasSubstr(text));
  }
  EXPECT_EQ(convert_file({"song.wav", "-h"}).out, result.out);
}

TEST_F(ConvertFileQueryTest, HelpOfAFormatHasTheExactValuesOfItsOptions) {
  const auto mp3 = convert_file({"--help", "mp3"});
  EXPECT_EQ(mp3.code, 0);
  EXPECT_THAT(mp3.out, StartsWith("mp3: MP3\n"));
  EXPECT_THAT(mp3.out, HasSubstr("8000 to 320000 bit/s"));
  EXPECT_THAT(mp3.out, HasSubstr("32000, 44100, 48000"));
  EXPECT_THAT(mp3.out, Not(HasSubstr("level")));
  EXPECT_THAT(convert_file({"--help", "ogg"}).out, HasSubstr("opus: 6000 to 510000"));
}

TEST_F(ConvertFileQueryTest, HelpFitsInto100Columns) {
  const auto result = bash("$convert --help | awk 'length > 100'");
  EXPECT_EQ(result.out, "");
}

TEST_F(ConvertFileQueryTest, PrintsTheVersion) {
  const auto result = convert_file({"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, MatchesRegex("convert-file [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_F(ConvertFileQueryTest, ListsFormats) {
  const auto result = convert_file({"--formats"});
  EXPECT_EQ(result.code, 0);
  for (const char* name : {"\nmp3 ", "\nflac ", "\ntar.zst "})
    EXPECT_THAT("\n" + result.out, HasSubstr(name));
  EXPECT_EQ(bash("$convert --formats --json | python3 -m json.tool").code, 0);
}

TEST_F(ConvertFileQueryTest, ProbePrintsText) {
  SKIP_WITHOUT_MUSIC();
  const auto result = convert_file({"--probe", "song.wav"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("song.wav: "));
  EXPECT_THAT(result.out, HasSubstr("0:03.000"));
  EXPECT_THAT(result.out, HasSubstr("stream 0: audio pcm_s16le, 44100 Hz, stereo, 16 bit"));
  EXPECT_THAT(result.out, HasSubstr("title: Awakening"));
}

TEST_F(ConvertFileQueryTest, ProbesAnArchive) {
  write("a.txt", "first");
  ASSERT_EQ(convert_file({"a.txt", "a.zip"}).code, 0);
  const auto result = convert_file({"--probe", "a.zip"});
  EXPECT_THAT(result.out, StartsWith("a.zip: ZIP archive (zip)"));
  EXPECT_THAT(result.out, HasSubstr("a.txt"));
}

TEST_F(ConvertFileQueryTest, ProbePrintsJson) {
  SKIP_WITHOUT_MUSIC();
  const auto result = bash("cat song.wav | $convert --probe --json - | python3 -m json.tool");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("\"sample_rate\": 44100"));
}

TEST_F(ConvertFileQueryTest, ProbeContinuesAfterAFailure) {
  SKIP_WITHOUT_MUSIC();
  const auto result = convert_file({"--probe", "missing.wav", "song.wav"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, StartsWith("error: missing.wav: "));
  EXPECT_THAT(result.out, StartsWith("song.wav: "));
}

TEST_F(ConvertFileQueryTest, PlanWritesNothing) {
  SKIP_WITHOUT_MUSIC();
  const auto result = convert_file({"--plan", "song.wav", "song.mp3"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("song.mp3: mp3, 0:03.000, about "));
  EXPECT_THAT(result.out, HasSubstr("stream 0: encode audio pcm_s16le to mp3 ("));
  EXPECT_THAT(names(), ElementsAre("song.wav"));
}

TEST_F(ConvertFileQueryTest, PlanNeedsNoOutputWithAFormat) {
  SKIP_WITHOUT_MUSIC();
  EXPECT_EQ(convert_file({"--plan", "song.wav", "format=wav"}).code, 0);
  EXPECT_EQ(bash("$convert --plan --json song.wav format=wav | python3 -m json.tool").code, 0);
  EXPECT_EQ(convert_file({"--plan", "song.wav"}).code, 2);
}

}  // namespace
}  // namespace convert::test
