// SPDX-License-Identifier: MIT
#include "media/metadata.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "media/codecs.hpp"
#include "media/formats.hpp"
#include "unit/media/metadata_harness.hpp"

namespace convert::media {
namespace {

using std::chrono::milliseconds;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

using Tags = std::map<std::string, std::string>;

const Tags kUsual{{"title", "Lied für Zoë"}, {"artist", "The Band"},          {"album", "An Album"},
                  {"album_artist", "Various"}, {"composer", "Some One"},      {"genre", "Rock"},
                  {"track", "3/12"},           {"disc", "1/2"},               {"date", "2021-05-03"},
                  {"comment", "A comment"},    {"copyright", "(c) somebody"}, {"lyrics", "La\nla\nla"}};
const Tags kUnusual{{"isrc", "USABC1234567"},
                    {"mood", "calm"},
                    {"bpm", "120"},
                    {"publisher", "A Label"},
                    {"compilation", "1"},
                    {"replaygain_track_gain", "-6.50 dB"},
                    {"replaygain_album_gain", "-7.25 dB"},
                    {"encoded_by", "me"},
                    {"grouping", "A Work"},
                    {"artist_sort", "Band, The"},
                    {"language", "eng"},
                    {"musicbrainz_albumid", "1f9df192-a621-4f54-8850-2c5373b7eac9"},
                    {"my own tag", "mine: 日本語"}};

Metadata everything() {
  Metadata metadata;
  metadata.tags = kUsual;
  metadata.tags.insert(kUnusual.begin(), kUnusual.end());
  metadata.chapters = {{milliseconds(0), milliseconds(700), "Beginning"},
                       {milliseconds(700), milliseconds(1500), "Mittelstück"},
                       {milliseconds(1500), milliseconds(2000), ""}};
  metadata.covers.push_back(make_picture(AV_CODEC_ID_PNG, 320, 240));
  metadata.covers.push_back(make_picture(AV_CODEC_ID_MJPEG, 64, 48));
  metadata.covers[0].kind = "Cover (front)";
  metadata.covers[0].title = "front";
  metadata.covers[1].kind = "Cover (back)";
  metadata.covers[1].title = "back";
  return metadata;
}

std::string all_of(const std::vector<Warning>& warnings) {
  std::string text;
  for (const Warning& warning : warnings) text += warning.message + "\n";
  return text;
}

/// A target, the way it is made, and what it is known to lack.
struct Case {
  const char* format;
  const char* encoder;
  bool forward;
  Tags::size_type lost_tags;
  std::size_t covers;
  std::size_t chapters;
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  return fmt::format("{}_{}{}", info.param.format, info.param.encoder, info.param.forward ? "_forward" : "");
}

class MetadataRoundTrip : public testing::TestWithParam<Case> {};

// What was to be kept is read back as it was; the rest was named.
TEST_P(MetadataRoundTrip, KeepsWhatTheTargetHolds) {
  const Case& param = GetParam();
  const Format& format = *find_format(param.format);
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), {}, format, param.forward, warnings);
  for (const Warning& warning : warnings) EXPECT_EQ(warning.code, WarningCode::metadata_lost);
  EXPECT_EQ(everything().tags.size() - kept.tags.size(), param.lost_tags) << all_of(warnings);
  EXPECT_EQ(kept.covers.size(), param.covers);
  EXPECT_EQ(kept.chapters.size(), param.chapters);

  TemporaryFolder folder;
  const auto file = folder.path() / ("out." + std::string(format.extensions.front()));
  ASSERT_EQ(make_file(file, format, param.encoder, param.forward, kept), "");
  const Metadata back = read_file(file);

  EXPECT_THAT(back.tags, testing::ContainerEq(kept.tags)) << all_of(warnings);
  ASSERT_EQ(back.chapters.size(), kept.chapters.size());
  for (std::size_t i = 0; i < kept.chapters.size(); ++i) {
    EXPECT_EQ(back.chapters[i].start, kept.chapters[i].start);
    EXPECT_EQ(back.chapters[i].title, kept.chapters[i].title);
  }
  ASSERT_EQ(back.covers.size(), kept.covers.size());
  for (std::size_t i = 0; i < kept.covers.size(); ++i) {
    EXPECT_EQ(back.covers[i].codec, kept.covers[i].codec);
    EXPECT_TRUE(back.covers[i].bytes == kept.covers[i].bytes);
    EXPECT_EQ(back.covers[i].width, kept.covers[i].width);
    EXPECT_EQ(back.covers[i].height, kept.covers[i].height);
    if (format.name != "m4a") {
      EXPECT_EQ(back.covers[i].kind, kept.covers[i].kind);
    }
  }
  // Whatever is lost is named.
  for (const auto& [name, value] : everything().tags) {
    if (!kept.tags.contains(name)) {
      EXPECT_THAT(all_of(warnings), HasSubstr(name));
    }
  }
  EXPECT_EQ(packets_in(file), packets_of(param.encoder));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, MetadataRoundTrip,
    testing::Values(Case{"mp3", "libmp3lame", false, 0, 2, 3}, Case{"mp3", "libmp3lame", true, 0, 2, 3},
                    Case{"aac", "aac", false, 0, 2, 3}, Case{"aac", "aac", true, 0, 2, 3},
                    Case{"m4a", "aac", false, 0, 2, 3}, Case{"m4a", "aac", true, 9, 2, 0},
                    Case{"m4a", "alac", false, 0, 2, 3}, Case{"ogg", "libvorbis", false, 0, 2, 3},
                    Case{"ogg", "libvorbis", true, 0, 2, 3}, Case{"ogg", "flac", false, 0, 2, 3},
                    Case{"ogg", "libopus", false, 0, 2, 3}, Case{"opus", "libopus", false, 0, 2, 3},
                    Case{"opus", "libopus", true, 0, 2, 3}, Case{"flac", "flac", false, 0, 2, 3},
                    Case{"flac", "flac", true, 0, 2, 3}, Case{"wav", "pcm_s16le", false, 0, 2, 3},
                    Case{"wav", "pcm_s16le", true, 16, 0, 0}, Case{"aiff", "pcm_s16be", false, 0, 2, 3},
                    Case{"wma", "wmav2", false, 0, 0, 3}, Case{"wma", "wmav2", true, 0, 0, 3},
                    Case{"ac3", "ac3", false, 25, 0, 0}, Case{"mka", "flac", false, 0, 2, 3},
                    Case{"mka", "libopus", false, 0, 2, 3}, Case{"mka", "flac", true, 0, 2, 3}),
    name_of);

// Tags that RIFF knows go where every program looks for them.
TEST(MetadataWav, KnownTagsGoIntoTheInfoList) {
  Metadata metadata;
  metadata.tags = {{"title", "A Song"}, {"artist", "The Band"}, {"track", "3"}};
  TemporaryFolder folder;
  const auto file = folder.path() / "a.wav";
  ASSERT_EQ(make_file(file, *find_format("wav"), "pcm_s16le", false, metadata), "");
  EXPECT_THAT(contents(file), AllOf(HasSubstr("INAM"), HasSubstr("IART"), Not(HasSubstr("id3 "))));
  EXPECT_THAT(read_file(file).tags, testing::ContainerEq(metadata.tags));
}

// Players decide by the size in the header where the file ends.
TEST(MetadataWav, TheSizeInTheHeaderCoversTheTag) {
  TemporaryFolder folder;
  for (const auto& [format, encoder] : {std::pair{"wav", "pcm_s16le"}, std::pair{"aiff", "pcm_s16be"}}) {
    const auto file = folder.path() / format;
    ASSERT_EQ(make_file(file, *find_format(format), encoder, false, everything()), "");
    const std::string bytes = contents(file);
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i)
      size |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[4 + i]))
              << (std::string_view(format) == "wav" ? 8 * i : 24 - 8 * i);
    EXPECT_EQ(size + 8, bytes.size()) << format;
  }
}

TEST(MetadataSelect, StripLeavesNothingAndSaysNothing) {
  OutputSpec spec;
  spec.metadata = MetadataPolicy::strip;
  spec.tags = {{"title", "ignored"}};
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_format("ac3"), false, warnings);
  EXPECT_THAT(kept.tags, IsEmpty());
  EXPECT_THAT(kept.covers, IsEmpty());
  EXPECT_THAT(kept.chapters, IsEmpty());
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(MetadataSelect, ReplaceKeepsOnlyWhatWasAskedFor) {
  OutputSpec spec;
  spec.metadata = MetadataPolicy::replace;
  spec.tags = {{"title", "New"}, {"albumartist", "All"}};
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_format("flac"), false, warnings);
  EXPECT_THAT(kept.tags, testing::ElementsAre(Pair("album_artist", "All"), Pair("title", "New")));
  EXPECT_THAT(kept.covers, IsEmpty());
  EXPECT_THAT(kept.chapters, IsEmpty());
}

TEST(MetadataSelect, TagsOverrideAndAnEmptyOneRemoves) {
  OutputSpec spec;
  spec.tags = {{"title", "New"}, {"artist", ""}};
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_format("mp3"), false, warnings);
  EXPECT_THAT(kept.tags, AllOf(Contains(Pair("title", "New")), Contains(Pair("album", "An Album"))));
  EXPECT_FALSE(kept.tags.contains("artist"));
}

TEST(MetadataSelect, ChaptersFollowTheTrim) {
  OutputSpec spec;
  spec.start = milliseconds(500);
  spec.end = milliseconds(1500);
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_format("mp3"), false, warnings);
  ASSERT_EQ(kept.chapters.size(), 2u);
  EXPECT_EQ(kept.chapters[0].start, milliseconds(0));
  EXPECT_EQ(kept.chapters[0].end, milliseconds(200));
  EXPECT_EQ(kept.chapters[1].start, milliseconds(200));
  EXPECT_EQ(kept.chapters[1].end, milliseconds(1000));
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(MetadataSelect, ReplayGainGoesWhenTheVolumeChanges) {
  OutputSpec spec;
  spec.volume = 0.5;
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_format("flac"), false, warnings);
  EXPECT_FALSE(kept.tags.contains("replaygain_track_gain"));
  EXPECT_THAT(all_of(warnings), HasSubstr("replay gain"));
  spec.volume = 1;
  EXPECT_TRUE(select_metadata(everything(), spec, *find_format("flac"), false, warnings)
                  .tags.contains("replaygain_track_gain"));
}

TEST(MetadataSelect, OpusHasNoPlaceForPeaks) {
  Metadata source;
  source.tags = {{"replaygain_track_gain", "-6.50 dB"}, {"replaygain_track_peak", "0.99"}};
  std::vector<Warning> warnings;
  EXPECT_THAT(select_metadata(source, {}, *find_format("opus"), false, warnings).tags,
              testing::ElementsAre(Pair("replaygain_track_gain", "-6.50 dB")));
  EXPECT_THAT(all_of(warnings), HasSubstr("peaks"));
}

TEST(MetadataSelect, OneSentenceForEachKindOfLoss) {
  std::vector<Warning> warnings;
  Metadata source;
  source.tags = {{"title", "A"}, {"artist", "B"}};
  source.chapters = {{milliseconds(0), milliseconds(1), "A"}};
  source.covers.push_back({AV_CODEC_ID_PNG, std::vector<std::byte>(143'000), 1, 1, "", ""});
  select_metadata(source, {}, *find_format("ac3"), false, warnings);
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings[0].message, "ac3 holds no tags: artist, title are lost.");
  EXPECT_EQ(warnings[1].message, "ac3 cannot hold the cover art (1 picture, 143 kB).");
  EXPECT_EQ(warnings[2].message, "ac3 cannot hold the chapters (1).");
}

// ---- As other programs see it

std::optional<std::string> output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>&1").c_str(), "r"), &pclose);
  if (!pipe) return {};
  std::string text;
  std::array<char, 4096> buffer{};
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) text.append(buffer.data(), got);
  return text;
}

bool have(const char* program) {
  return std::system(fmt::format("command -v {} >/dev/null 2>&1", program).c_str()) == 0;
}

class MetadataElsewhere : public testing::Test {
 protected:
  std::string made(const char* format, const char* encoder) {
    const auto file = folder_.path() / (std::string("song.") + format);
    std::vector<Warning> warnings;
    const Format& row = *find_format(format);
    EXPECT_EQ(make_file(file, row, encoder, false, select_metadata(everything(), {}, row, false, warnings)), "");
    return file.string();
  }
  std::string seen_by(const char* command, const std::string& file) {
    return output_of(fmt::format("{} '{}'", command, file)).value_or("");
  }
  TemporaryFolder folder_;
};

TEST_F(MetadataElsewhere, Metaflac) {
  if (!have("metaflac") || !have("flac")) GTEST_SKIP() << "metaflac is not installed";
  const std::string file = made("flac", "flac");
  EXPECT_THAT(seen_by("metaflac --list --block-type=VORBIS_COMMENT,PICTURE", file),
              AllOf(HasSubstr("ALBUMARTIST=Various"), HasSubstr("TRACKNUMBER=3/12"), HasSubstr("ISRC=USABC1234567"),
                    HasSubstr("CHAPTER001NAME=Mittelstück"), HasSubstr("type: 3 (Cover (front))"),
                    HasSubstr("width: 320"), HasSubstr("description: back")));
  EXPECT_THAT(seen_by("flac -t", file), HasSubstr("ok"));
}

TEST_F(MetadataElsewhere, Opusinfo) {
  if (!have("opusinfo")) GTEST_SKIP() << "opusinfo is not installed";
  EXPECT_THAT(seen_by("opusinfo", made("opus", "libopus")),
              AllOf(HasSubstr("R128_TRACK_GAIN=-2944"), Not(HasSubstr("REPLAYGAIN")), HasSubstr("ARTISTSORT=Band, The"),
                    HasSubstr("front|320x240x24"), HasSubstr("back|64x48x24"), Not(HasSubstr("WARNING"))));
}

TEST_F(MetadataElsewhere, Vorbiscomment) {
  if (!have("vorbiscomment")) GTEST_SKIP() << "vorbiscomment is not installed";
  EXPECT_THAT(seen_by("vorbiscomment -l -R", made("ogg", "libvorbis")),
              AllOf(HasSubstr("DISCNUMBER=1/2"), HasSubstr("METADATA_BLOCK_PICTURE=AAAAAw"), HasSubstr("CHAPTER000=00:00:00.000")));
}

TEST_F(MetadataElsewhere, Mpg123) {
  if (!have("mpg123")) GTEST_SKIP() << "mpg123 is not installed";
  EXPECT_THAT(seen_by("mpg123 -t --long-tag --utf8", made("mp3", "libmp3lame")),
              AllOf(HasSubstr("Lied für Zoë"), HasSubstr("The Band"), HasSubstr("A comment"), Not(HasSubstr("error"))));
}

TEST_F(MetadataElsewhere, FfprobeSeesAttachedPictures) {
  if (!have("ffprobe")) GTEST_SKIP() << "ffprobe is not installed";
  for (const auto& [format, encoder] :
       {std::pair{"mp3", "libmp3lame"}, std::pair{"aac", "aac"}, std::pair{"m4a", "aac"}, std::pair{"ogg", "libvorbis"},
        std::pair{"opus", "libopus"}, std::pair{"flac", "flac"}, std::pair{"wav", "pcm_s16le"},
        std::pair{"aiff", "pcm_s16be"}, std::pair{"mka", "flac"}})
    EXPECT_EQ(seen_by("ffprobe -v error -select_streams v -show_entries stream_disposition=attached_pic -of csv=p=0",
                      made(format, encoder)),
              "1\n1\n")
        << format;
}

}  // namespace
}  // namespace convert::media
