// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.hpp"

namespace convert::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ConvertFileTest : public TemporaryFolderTest {};

TEST_F(ConvertFileTest, ExtensionSelectsTheFormat) {
  SKIP_WITHOUT_MUSIC();
  const auto result = convert_file({"song.wav", "song.flac"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(bash("flac -t -s song.flac").code, 0);
  EXPECT_THAT(names(), ElementsAre("song.flac", "song.wav"));
}

TEST_F(ConvertFileTest, FormatOptionOverridesTheExtension) {
  SKIP_WITHOUT_MUSIC();
  EXPECT_EQ(convert_file({"song.wav", "song.bin", "format=flac"}).code, 0);
  EXPECT_THAT(read("song.bin"), StartsWith("fLaC"));
}

TEST_F(ConvertFileTest, AcceptsOptionsAnywhere) {
  SKIP_WITHOUT_MUSIC();
  const auto result =
      convert_file({"channels=1", "song.wav", "sample_rate=22050", "out.wav", "tags.title=Other name"});
  EXPECT_EQ(result.code, 0) << result.err;
  const auto probed =
      bash("ffprobe -v error -show_entries stream=channels,sample_rate:format_tags=title -of csv out.wav");
  EXPECT_THAT(probed.out, HasSubstr("22050,1"));
  EXPECT_THAT(probed.out, HasSubstr("Other name"));
}

TEST_F(ConvertFileTest, AcceptsShortAndLongNamesOfOptions) {
  SKIP_WITHOUT_MUSIC();
  EXPECT_EQ(convert_file({"song.wav", "default.mp3"}).code, 0);
  EXPECT_EQ(convert_file({"song.wav", "short.mp3", "bitrate=32k"}).code, 0);
  EXPECT_EQ(convert_file({"song.wav", "long.mp3", "audio_bitrate=32k"}).code, 0);
  EXPECT_EQ(read("short.mp3"), read("long.mp3"));
  EXPECT_LT(read("short.mp3").size(), read("default.mp3").size() / 2);
}

TEST_F(ConvertFileTest, ConvertsFromPipeToPipe) {
  SKIP_WITHOUT_MUSIC();
  const auto result = bash("cat song.wav | $convert - - format=flac | flac -t -s -");
  EXPECT_EQ(result.code, 0) << result.err;
}

TEST_F(ConvertFileTest, ConvertsRedirectedFiles) {
  SKIP_WITHOUT_MUSIC();
  write("out.flac", std::string(5'000'000, 'x'));  // longer than the new contents
  EXPECT_EQ(bash("$convert - - format=flac < song.wav 1<> out.flac").code, 0);
  EXPECT_EQ(bash("flac -t -s out.flac").code, 0);
}

TEST_F(ConvertFileTest, OverwritesItsInput) {
  SKIP_WITHOUT_MUSIC();
  EXPECT_EQ(convert_file({"song.wav", "song.wav", "channels=1"}).code, 0);
  EXPECT_THAT(bash("ffprobe -v error -show_entries stream=channels -of csv song.wav").out,
              HasSubstr("stream,1"));
  EXPECT_THAT(names(), ElementsAre("song.wav"));
}

TEST_F(ConvertFileTest, PacksSeveralFiles) {
  write("a.txt", "first");
  write("b.txt", "second");
  const auto result = convert_file({"a.txt", "b.txt", "both.zip"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(bash("unzip -tq both.zip").code, 0);
  EXPECT_EQ(bash("unzip -p both.zip b.txt").out, "second");
}

TEST_F(ConvertFileTest, ConvertsAnArchive) {
  write("a.txt", "first");
  EXPECT_EQ(bash("tar cf a.tar a.txt && $convert a.tar a.zip && unzip -p a.zip a.txt").out, "first");
}

TEST_F(ConvertFileTest, ExtractsAnEntryUnchanged) {
  SKIP_WITHOUT_MUSIC();
  write("notes", "no extension");
  ASSERT_EQ(convert_file({"song.wav", "notes", "both.tar"}).code, 0);
  EXPECT_EQ(convert_file({"both.tar", "out.wav", "entry=song.wav"}).code, 0);
  EXPECT_EQ(read("out.wav"), read("song.wav"));
  EXPECT_EQ(convert_file({"both.tar", "out", "entry=notes"}).code, 0);
  EXPECT_EQ(read("out"), "no extension");
}

TEST_F(ConvertFileTest, UnpacksASingleCompressedFile) {
  write("notes.txt", "text");
  ASSERT_EQ(convert_file({"notes.txt", "notes.txt.gz"}).code, 0);
  ASSERT_EQ(bash("gzip -t notes.txt.gz").code, 0);
  const auto result = convert_file({"notes.txt.gz", "again.txt"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(read("again.txt"), "text");
}

TEST_F(ConvertFileTest, AcceptsFileNamesLikeOptions) {
  SKIP_WITHOUT_MUSIC();
  ASSERT_EQ(bash("mv song.wav title=x.wav").code, 0);
  EXPECT_EQ(convert_file({"./title=x.wav", "one.flac"}).code, 0);
  EXPECT_EQ(convert_file({"--", "title=x.wav", "two.flac"}).code, 0);
  EXPECT_EQ(bash("mv title=x.wav ./-x.wav").code, 0);
  EXPECT_EQ(convert_file({"--", "-x.wav", "three.flac"}).code, 0);
  EXPECT_THAT(names(), ElementsAre("-x.wav", "one.flac", "three.flac", "two.flac"));
}

TEST_F(ConvertFileTest, ReportsAsJson) {
  SKIP_WITHOUT_MUSIC();
  const auto result = convert_file({"--json", "song.wav", "song.flac"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, StartsWith("{"));
  EXPECT_THAT(result.out, HasSubstr("\"samples\":132300"));
  EXPECT_EQ(bash("$convert --json song.wav song.mp3 | python3 -m json.tool").code, 0);
}

TEST_F(ConvertFileTest, WarnsUnlessQuiet) {
  SKIP_WITHOUT_MUSIC();
  ASSERT_EQ(bash("mv song.wav song.mp3").code, 0);
  const auto result = convert_file({"song.mp3", "song.flac"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, StartsWith("warning: "));
  EXPECT_EQ(convert_file({"--quiet", "song.mp3", "song.flac"}).err, "");
  EXPECT_EQ(convert_file({"-q", "song.mp3", "song.flac"}).err, "");
}

TEST_F(ConvertFileTest, RunsWithOneThread) {
  SKIP_WITHOUT_MUSIC();
  EXPECT_EQ(convert_file({"--threads", "1", "song.wav", "song.ogg"}).code, 0);
  EXPECT_EQ(convert_file({"--threads=1", "song.wav", "song.ogg"}).code, 0);
}

class ConvertFileErrorTest : public TemporaryFolderTest {};

TEST_F(ConvertFileErrorTest, NotMediaExitsWith1) {
  write("notes.wav", "This is no music, but a sentence about music.");
  const auto result = convert_file({"notes.wav", "notes.mp3"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, StartsWith("error: "));
  EXPECT_THAT(names(), ElementsAre("notes.wav"));
}

TEST_F(ConvertFileErrorTest, EmptyInputExitsWith1) {
  write("nothing.wav", "");
  EXPECT_EQ(convert_file({"nothing.wav", "out.mp3"}).code, 1);
  EXPECT_EQ(bash("$convert - out.mp3 < /dev/null").code, 1);
  EXPECT_THAT(names(), ElementsAre("nothing.wav"));
}

TEST_F(ConvertFileErrorTest, MissingEntryExitsWith1) {
  write("a.txt", "first");
  ASSERT_EQ(convert_file({"a.txt", "a.zip"}).code, 0);
  const auto result = convert_file({"a.zip", "b.txt", "entry=b.txt"});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("b.txt"));
}

TEST_F(ConvertFileErrorTest, MissingInputExitsWith3) {
  const auto result = convert_file({"missing.wav", "out.mp3"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("missing.wav"));
  EXPECT_THAT(names(), IsEmpty());
}

TEST_F(ConvertFileErrorTest, FolderAsInputExitsWith3) { EXPECT_EQ(convert_file({".", "out.zip"}).code, 3); }

TEST_F(ConvertFileErrorTest, MissingFolderExitsWith3) {
  write("a.txt", "first");
  const auto result = convert_file({"a.txt", "missing/out.zip"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, HasSubstr("missing"));
}

TEST_F(ConvertFileErrorTest, ClosedPipeExitsWith3) {
  SKIP_WITHOUT_MUSIC();
  const auto result =
      bash("$convert song.wav - format=wav | head -c 1000 > /dev/null; exit ${PIPESTATUS[0]}");
  EXPECT_EQ(result.code, 3) << result.err;
  EXPECT_THAT(result.err, HasSubstr("error: "));
}

TEST_F(ConvertFileErrorTest, FullDiskExitsWith3) {
  EXPECT_EQ(bash("$convert --formats > /dev/full").code, 3);
  SKIP_WITHOUT_MUSIC();
  EXPECT_EQ(bash("$convert song.wav - format=flac > /dev/full").code, 3);
}

TEST_F(ConvertFileErrorTest, LimitExitsWith4) {
  SKIP_WITHOUT_MUSIC();
  for (const char* limit : {"output_bytes=10K", "input_bytes=1000", "duration=2", "channels=1",
                            "sample_rate=8000", "wall_time=0.000001"}) {
    const auto result = convert_file({"--limit", limit, "song.wav", "song.flac"});
    EXPECT_EQ(result.code, 4) << limit << ": " << result.err;
    EXPECT_THAT(result.err, HasSubstr("error: ")) << limit;
  }
  EXPECT_EQ(convert_file({"--limit=output_bytes=2M", "--limit=duration=3.5", "song.wav", "song.flac"}).code,
            0);
}

TEST_F(ConvertFileErrorTest, TimeoutExitsWith4) {
  SKIP_WITHOUT_MUSIC();
  EXPECT_EQ(convert_file({"--timeout", "0.000001", "song.wav", "song.flac"}).code, 4);
  EXPECT_THAT(names(), ElementsAre("song.wav"));
  EXPECT_EQ(convert_file({"--timeout", "100", "song.wav", "song.flac"}).code, 0);
}

TEST_F(ConvertFileErrorTest, KeepsTheExistingFile) {
  SKIP_WITHOUT_MUSIC();
  write("out.flac", "what was there");
  EXPECT_EQ(convert_file({"--limit", "output_bytes=10K", "song.wav", "out.flac"}).code, 4);
  EXPECT_EQ(read("out.flac"), "what was there");
  EXPECT_THAT(names(), ElementsAre("out.flac", "song.wav"));
}

TEST_F(ConvertFileErrorTest, PrintsErrorsAsJson) {
  const auto result = convert_file({"--json", "missing.wav", "out.mp3"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, StartsWith("{"));
  EXPECT_THAT(result.err, HasSubstr("\"not_found\""));
  EXPECT_THAT(convert_file({"--json", "--nonsense"}).err, HasSubstr("\"invalid_argument\""));
}

TEST_F(ConvertFileErrorTest, EscapesControlCharactersInNames) {
  const auto result = convert_file({"\033[2J.wav", "out.mp3"});
  EXPECT_EQ(result.code, 3);
  EXPECT_THAT(result.err, Not(HasSubstr("\033")));
}

struct UsageErrorCase {
  const char* name;
  std::vector<std::string> words;
  const char* message;
};

class ConvertFileUsageTest : public TemporaryFolderTest,
                             public testing::WithParamInterface<UsageErrorCase> {};

TEST_P(ConvertFileUsageTest, ExitsWith2AndAHint) {
  write("song.wav", "not looked at");
  const auto result = convert_file(GetParam().words);
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_THAT(result.err, HasSubstr(GetParam().message));
  EXPECT_THAT(result.err, HasSubstr("--help"));
  EXPECT_THAT(names(), ElementsAre("song.wav"));
}

INSTANTIATE_TEST_SUITE_P(
    Cli, ConvertFileUsageTest,
    testing::Values(
        UsageErrorCase{"Nothing", {}, "IN... OUT"},
        UsageErrorCase{"NoOutput", {"song.wav"}, "output is missing"},
        UsageErrorCase{"UnknownFlag", {"--fast", "song.wav", "a.mp3"}, "Unknown flag \"--fast\""},
        UsageErrorCase{"UnknownExtension", {"song.wav", "a.xyz"}, "format=NAME"},
        UsageErrorCase{"NoFormatForAPipe", {"song.wav", "-"}, "format=NAME"},
        UsageErrorCase{"UnknownFormat", {"song.wav", "a.mp3", "format=mp9"}, "mp9"},
        UsageErrorCase{"BadValue", {"song.wav", "a.mp3", "bitrate=loud"}, "bitrate"},
        UsageErrorCase{"OutOfRange", {"song.wav", "a.mp3", "bitrate=9"}, "6000"},
        UsageErrorCase{"Misspelt", {"song.wav", "a.mp3", "bitrat=192k"}, "\"audio_bitrate\""},
        UsageErrorCase{"MisspeltIsNoFile", {"song.wav", "a.mp3", "bitrat=192k"}, "./bitrat=192k"},
        UsageErrorCase{"MeansNothingThere", {"song.wav", "a.flac", "bitrate=192k"}, "bitrate"},
        UsageErrorCase{"Contradiction", {"song.wav", "a.mp3", "bitrate=192k", "quality=3"}, "quality"},
        UsageErrorCase{"TwoStandardInputs", {"-", "-", "a.zip"}, "only once"},
        UsageErrorCase{"TwoActions", {"--probe", "--plan", "song.wav"}, "Only one"},
        UsageErrorCase{"FormatsOfAFile", {"--formats", "song.wav"}, "--probe"},
        UsageErrorCase{"ProbeOfNothing", {"--probe"}, "file is missing"},
        UsageErrorCase{"ThreadsWithoutNumber", {"song.wav", "a.mp3", "--threads"}, "needs a value"},
        UsageErrorCase{"ThreadsNoNumber", {"--threads", "all", "song.wav", "a.mp3"}, "1 to 1024"},
        UsageErrorCase{"NoThreads", {"--threads", "0", "song.wav", "a.mp3"}, "1 to 1024"},
        UsageErrorCase{"TimeoutNoNumber", {"--timeout", "soon", "song.wav", "a.mp3"}, "seconds"},
        UsageErrorCase{"UnknownLimit", {"--limit", "sise=3", "song.wav", "a.mp3"}, "input_bytes"},
        UsageErrorCase{"LimitWithoutValue", {"--limit", "streams", "song.wav", "a.mp3"}, "not a number"},
        UsageErrorCase{"LimitWrongUnit", {"--limit", "streams=3K", "song.wav", "a.mp3"}, "not a number"},
        UsageErrorCase{"LimitBadSize", {"--limit", "input_bytes=3X", "song.wav", "a.mp3"}, "20M"},
        UsageErrorCase{"ValueForNothing", {"--quiet=yes", "song.wav", "a.mp3"}, "takes no value"}),
    [](const auto& wrong) { return wrong.param.name; });

}  // namespace
}  // namespace convert::test
