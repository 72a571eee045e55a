// SPDX-License-Identifier: MIT
#include "media/metadata/metadata.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "media/format/media_formats.hpp"
#include "media/metadata/byte_order.hpp"
#include "media/metadata/cover_art.hpp"
#include "media/metadata/tag_names.hpp"
#include "support/shell_command.hpp"
#include "support/test_files.hpp"
#include "unit/media/metadata/metadata_files.hpp"

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

const Tags kUsual{{"title", "Lied für Zoë"},
                  {"artist", "The Band"},
                  {"album", "An Album"},
                  {"album_artist", "Various"},
                  {"composer", "Some One"},
                  {"genre", "Rock"},
                  {"track", "3/12"},
                  {"disc", "1/2"},
                  {"date", "2021-05-03"},
                  {"comment", "A comment"},
                  {"copyright", "(c) somebody"},
                  {"lyrics", "La\nla\nla"}};
const Tags kUnusual{{"isrc", "USABC1234567"},
                    {"mood", "calm"},
                    {"bpm", "120"},
                    {"publisher", "A Label"},
                    {"compilation", "1"},
                    {"replaygain_track_gain", "-6.50 dB"},
                    {"replaygain_album_gain", "-7.25 dB"},
                    {"encoded_by", "me"},
                    {"creation_time", "2021-05-03T10:00:00.000000Z"},
                    {"grouping", "A Work"},
                    {"artist_sort", "Band, The"},
                    {"language", "eng"},
                    {"musicbrainz_albumid", "1f9df192-a621-4f54-8850-2c5373b7eac9"},
                    {"my_own_tag", "mine: 日本語"}};

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

/// A target, its encoder, and what it is known to lack.
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

// What is kept is read back unchanged; the rest is reported.
TEST_P(MetadataRoundTrip, KeepsWhatTheTargetHolds) {
  const Case& param = GetParam();
  const Format& format = *find_media_format(param.format);
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), {}, format, param.forward, warnings);
  for (const Warning& warning : warnings) EXPECT_EQ(warning.code, WarningCode::metadata_lost);
  EXPECT_EQ(everything().tags.size() - kept.tags.size(), param.lost_tags) << all_of(warnings);
  EXPECT_EQ(kept.covers.size(), param.covers);
  EXPECT_EQ(kept.chapters.size(), param.chapters);

  test::TemporaryFolder folder;
  const auto file = folder.path() / ("out." + std::string(format.extensions.front()));
  ASSERT_EQ(make_file(file, format, param.encoder, param.forward, kept), "");
  const Metadata back = read_file(file);

  Tags expected = kept.tags;
  // Written as an atom that FFmpeg does not read; a seekable output has a second, freeform one.
  if (format.name == "m4a" && param.forward) expected.erase("bpm");
  EXPECT_THAT(back.tags, testing::ContainerEq(expected)) << all_of(warnings);
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
  // Every loss is reported.
  for (const auto& [name, value] : everything().tags) {
    if (!kept.tags.contains(name)) {
      EXPECT_THAT(all_of(warnings), HasSubstr(name));
    }
  }
  EXPECT_EQ(audio_bytes(file), encoded_audio_bytes(param.encoder));
}

INSTANTIATE_TEST_SUITE_P(
    Formats, MetadataRoundTrip,
    testing::Values(Case{"mp3", "libmp3lame", false, 0, 2, 3}, Case{"mp3", "libmp3lame", true, 0, 2, 3},
                    Case{"aac", "aac", false, 0, 2, 3}, Case{"aac", "aac", true, 0, 2, 3},
                    Case{"m4a", "aac", false, 0, 2, 3}, Case{"m4a", "aac", true, 9, 0, 0},
                    Case{"m4a", "alac", false, 0, 2, 3}, Case{"ogg", "libvorbis", false, 0, 2, 3},
                    Case{"ogg", "libvorbis", true, 0, 2, 3}, Case{"ogg", "flac", false, 0, 2, 3},
                    Case{"ogg", "libopus", false, 0, 2, 3}, Case{"opus", "libopus", false, 0, 2, 3},
                    Case{"opus", "libopus", true, 0, 2, 3}, Case{"flac", "flac", false, 0, 2, 3},
                    Case{"flac", "flac", true, 0, 2, 3}, Case{"wav", "pcm_s16le", false, 0, 2, 3},
                    Case{"wav", "pcm_s16le", true, 16, 0, 0}, Case{"aiff", "pcm_s16be", false, 0, 2, 3},
                    Case{"wma", "wmav2", false, 0, 0, 3}, Case{"wma", "wmav2", true, 0, 0, 3},
                    Case{"ac3", "ac3", false, 26, 0, 0}, Case{"mka", "flac", false, 0, 2, 3},
                    Case{"mka", "libopus", false, 0, 2, 3}, Case{"mka", "flac", true, 0, 2, 3}),
    name_of);

// Tags that RIFF knows are written to INFO, where all programs look for them.
TEST(MetadataWav, KnownTagsGoIntoTheInfoList) {
  Metadata metadata;
  metadata.tags = {{"title", "A Song"}, {"artist", "The Band"}, {"track", "3"}};
  test::TemporaryFolder folder;
  const auto file = folder.path() / "a.wav";
  ASSERT_EQ(make_file(file, *find_media_format("wav"), "pcm_s16le", false, metadata), "");
  EXPECT_THAT(test::read_file(file), AllOf(HasSubstr("INAM"), HasSubstr("IART"), Not(HasSubstr("id3 "))));
  EXPECT_THAT(read_file(file).tags, testing::ContainerEq(metadata.tags));
}

// Players find the end of the file by the size in the header.
TEST(MetadataWav, TheSizeInTheHeaderIncludesTheTag) {
  test::TemporaryFolder folder;
  for (const auto& [format, encoder] : {std::pair{"wav", "pcm_s16le"}, std::pair{"aiff", "pcm_s16be"}}) {
    const auto file = folder.path() / format;
    ASSERT_EQ(make_file(file, *find_media_format(format), encoder, false, everything()), "");
    const std::string bytes = test::read_file(file);
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i)
      size |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[4 + i]))
              << (std::string_view(format) == "wav" ? 8 * i : 24 - 8 * i);
    EXPECT_EQ(size + 8, bytes.size()) << format;
  }
}

TEST(MetadataSelect, StripRemovesEverythingWithoutWarnings) {
  OutputSpec spec;
  spec.metadata = MetadataPolicy::strip;
  spec.tags = {{"title", "ignored"}};
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_media_format("ac3"), false, warnings);
  EXPECT_THAT(kept.tags, IsEmpty());
  EXPECT_THAT(kept.covers, IsEmpty());
  EXPECT_THAT(kept.chapters, IsEmpty());
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(MetadataSelect, ReplaceKeepsOnlyTheGivenTags) {
  OutputSpec spec;
  spec.metadata = MetadataPolicy::replace;
  spec.tags = {{"title", "New"}, {"albumartist", "All"}};
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_media_format("flac"), false, warnings);
  EXPECT_THAT(kept.tags, testing::ElementsAre(Pair("album_artist", "All"), Pair("title", "New")));
  EXPECT_THAT(kept.covers, IsEmpty());
  EXPECT_THAT(kept.chapters, IsEmpty());
}

TEST(MetadataSelect, TagsOverrideAndEmptyTagsRemove) {
  OutputSpec spec;
  spec.tags = {{"title", "New"}, {"artist", ""}};
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_media_format("mp3"), false, warnings);
  EXPECT_THAT(kept.tags, AllOf(Contains(Pair("title", "New")), Contains(Pair("album", "An Album"))));
  EXPECT_FALSE(kept.tags.contains("artist"));
}

TEST(MetadataSelect, ChaptersFollowTheTrim) {
  OutputSpec spec;
  spec.start = milliseconds(500);
  spec.end = milliseconds(1500);
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_media_format("mp3"), false, warnings);
  ASSERT_EQ(kept.chapters.size(), 2u);
  EXPECT_EQ(kept.chapters[0].start, milliseconds(0));
  EXPECT_EQ(kept.chapters[0].end, milliseconds(200));
  EXPECT_EQ(kept.chapters[1].start, milliseconds(200));
  EXPECT_EQ(kept.chapters[1].end, milliseconds(1000));
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(MetadataSelect, DropsReplayGainIfTheVolumeChanges) {
  OutputSpec spec;
  spec.volume = 0.5;
  std::vector<Warning> warnings;
  const Metadata kept = select_metadata(everything(), spec, *find_media_format("flac"), false, warnings);
  EXPECT_FALSE(kept.tags.contains("replaygain_track_gain"));
  EXPECT_THAT(all_of(warnings), HasSubstr("replay gain"));
  spec.volume = 1;
  EXPECT_TRUE(select_metadata(everything(), spec, *find_media_format("flac"), false, warnings)
                  .tags.contains("replaygain_track_gain"));
}

TEST(MetadataSelect, DropsReplayGainPeaksForOpus) {
  Metadata source;
  source.tags = {{"replaygain_track_gain", "-6.50 dB"}, {"replaygain_track_peak", "0.99"}};
  std::vector<Warning> warnings;
  EXPECT_THAT(select_metadata(source, {}, *find_media_format("opus"), false, warnings).tags,
              testing::ElementsAre(Pair("replaygain_track_gain", "-6.50 dB")));
  EXPECT_THAT(all_of(warnings), HasSubstr("peaks"));
}

TEST(MetadataSelect, MentionsThatSeekingWouldAvoidTheLoss) {
  std::vector<Warning> warnings;
  Metadata source;
  source.tags = {{"title", "A"}, {"isrc", "B"}, {"mood", "C"}};
  source.chapters = {{milliseconds(0), milliseconds(1), "A"}};
  select_metadata(source, {}, *find_media_format("m4a"), true, warnings);
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].message, "m4a, written without seeking, cannot store the tags isrc, mood.");
  EXPECT_EQ(warnings[1].message, "m4a, written without seeking, cannot store the chapters (1).");
  warnings.clear();
  select_metadata(source, {}, *find_media_format("m4a"), false, warnings);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(MetadataSelect, WarnsOnceForEachKindOfLoss) {
  std::vector<Warning> warnings;
  Metadata source;
  source.tags = {{"title", "A"}, {"artist", "B"}};
  source.chapters = {{milliseconds(0), milliseconds(1), "A"}};
  source.covers.push_back({AV_CODEC_ID_PNG, std::vector<std::byte>(143'000), 1, 1, "", ""});
  select_metadata(source, {}, *find_media_format("ac3"), false, warnings);
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings[0].message, "ac3 cannot store tags: artist, title are lost.");
  EXPECT_EQ(warnings[1].message, "ac3 cannot store the cover art (1 picture, 143 kB).");
  EXPECT_EQ(warnings[2].message, "ac3 cannot store the chapters (1).");
}

// ---- The index of MP4

std::vector<std::byte> box(std::string_view type, const std::vector<std::byte>& body) {
  std::vector<std::byte> out;
  put_be32(out, static_cast<std::uint32_t>(body.size() + 8));
  put_text(out, type);
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

bool holds(const std::vector<std::byte>& bytes, std::string_view text) {
  std::vector<std::byte> expected;
  put_text(expected, text);
  return std::search(bytes.begin(), bytes.end(), expected.begin(), expected.end()) != bytes.end();
}

TEST(Mp4Tags, AddsMissingBoxes) {
  const auto header = box("mvhd", std::vector<std::byte>(100));
  const auto moov = add_freeform_tags(box("moov", header), {{"ISRC", "USABC1234567"}});
  ASSERT_TRUE(moov);
  EXPECT_EQ(read_be32(*moov, 0), moov->size());
  const std::size_t udta = 8 + header.size();
  EXPECT_EQ(read_be32(*moov, udta), moov->size() - udta);          // udta fills the rest
  EXPECT_EQ(read_be32(*moov, udta + 8), moov->size() - udta - 8);  // and meta fills udta
  EXPECT_TRUE(holds(*moov, "mdirappl"));
  EXPECT_TRUE(holds(*moov, "com.apple.iTunes"));
  EXPECT_TRUE(holds(*moov, "USABC1234567"));
}

TEST(Mp4Tags, ExtendsExistingBoxes) {
  const auto first = add_freeform_tags(box("moov", box("mvhd", std::vector<std::byte>(100))), {{"A", "1"}});
  ASSERT_TRUE(first);
  const auto second = add_freeform_tags(*first, {{"B", "22"}});
  ASSERT_TRUE(second);
  const std::size_t added = second->size() - first->size();
  // A box that contains mean with the domain, name with one letter, data with two.
  EXPECT_EQ(added, 8u + (12 + 16) + (12 + 1) + (16 + 2));
  for (const std::size_t at : {std::size_t{0}, std::size_t{116}, std::size_t{124}})
    EXPECT_EQ(read_be32(*second, at), read_be32(*first, at) + added);
}

TEST(Mp4Tags, RejectsAMalformedIndex) {
  EXPECT_FALSE(add_freeform_tags({}, {{"A", "1"}}));
  EXPECT_FALSE(add_freeform_tags(box("free", {}), {{"A", "1"}}));
  auto cut = box("moov", box("udta", box("meta", std::vector<std::byte>(4))));
  cut[8 + 3] = std::byte{200};  // udta longer than moov
  EXPECT_FALSE(add_freeform_tags(cut, {{"A", "1"}}));
  EXPECT_FALSE(add_freeform_tags(box("moov", std::vector<std::byte>(5)), {{"A", "1"}}));
}

TEST(Mp4Tags, WritesGaplessInformationAsITunes) {
  EXPECT_THAT(itunes_gapless({2112, 100, 441'000}),
              testing::StartsWith(" 00000000 00000840 00000064 000000000006BAA8 00000000"));
}

TEST(Mp4Tags, GaplessInformationReachesTheFile) {
  test::TemporaryFolder folder;
  const auto file = folder.path() / "a.m4a";
  ASSERT_EQ(make_file(file, *find_media_format("m4a"), "aac", false, {}, GaplessInfo{1024, 0, 96'000}), "");
  EXPECT_THAT(test::read_file(file), HasSubstr("iTunSMPB"));
  EXPECT_EQ(audio_bytes(file), encoded_audio_bytes("aac"));
}

// ---- Tag names and texts

TEST(TagNames, MapToOneGenericName) {
  EXPECT_EQ(generic_name("TSRC"), "isrc");
  EXPECT_EQ(generic_name("ALBUMARTIST"), "album_artist");
  EXPECT_EQ(generic_name("lyrics-eng"), "lyrics");
  EXPECT_EQ(generic_name("MusicBrainz Album Id"), "musicbrainz_albumid");
  EXPECT_EQ(generic_name("MUSICBRAINZ_ALBUMID"), "musicbrainz_albumid");
  EXPECT_EQ(generic_name("My Own"), "my own");
  EXPECT_EQ(tag_name_in(TagStyle::vorbis, "my=own"), "MY_OWN");
}

TEST(TagNames, RepairTextToUtf8) {
  EXPECT_EQ(repair_utf8("Zoë"), "Zoë");
  EXPECT_EQ(repair_utf8("Zo\xeb"), "Zoë");                                           // Latin-1
  EXPECT_EQ(repair_utf8("Zoë\xc3"), "Zoë\xef\xbf\xbd");                              // UTF-8, truncated
  EXPECT_EQ(repair_utf8("ë\xed\xa0\x80"), "ë\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // a surrogate
}

TEST(ReplayGain, OpusUsesAnotherReferenceLoudness) {
  EXPECT_EQ(r128_gain("-6.50 dB"), "-2944");
  EXPECT_EQ(replay_gain("-2944"), "-6.50 dB");
  EXPECT_EQ(replay_gain("0"), "5.00 dB");
  EXPECT_FALSE(r128_gain("loud"));
  EXPECT_FALSE(r128_gain("900 dB"));
  EXPECT_FALSE(replay_gain("40000"));
}

TEST(PictureBlock, FollowsRfc9639) {
  Cover cover = make_picture(AV_CODEC_ID_PNG, 40, 30);
  cover.width = cover.height = 0;  // the file knows
  cover.title = "x";
  const auto block = flac_picture_block(cover);
  EXPECT_EQ(read_be32(block, 0), 3u);   // a front cover
  EXPECT_EQ(read_be32(block, 4), 9u);   // image/png
  EXPECT_EQ(read_be32(block, 17), 1u);  // the description
  EXPECT_EQ(read_be32(block, 22), 40u);
  EXPECT_EQ(read_be32(block, 26), 30u);
  EXPECT_EQ(read_be32(block, 30), 24u);
  EXPECT_EQ(read_be32(block, 38), cover.bytes.size());
  EXPECT_EQ(block.size(), 42 + cover.bytes.size());
}

TEST(PictureBlock, AcceptsAbsurdSizes) {
  std::vector<std::byte> bitmap(64);
  bitmap[0] = std::byte{'B'};
  bitmap[1] = std::byte{'M'};
  bitmap[18] = std::byte{7};
  bitmap[22] = std::byte{0xfb};  // -5: five rows, stored from the top
  bitmap[23] = bitmap[24] = bitmap[25] = std::byte{0xff};
  EXPECT_EQ(read_image_header(bitmap)->height, 5);
  bitmap[22] = bitmap[23] = bitmap[24] = std::byte{0};
  bitmap[25] = std::byte{0x80};
  EXPECT_EQ(read_image_header(bitmap)->width, 7);  // the height is absurd but harmless
  for (const AVCodecID codec : {AV_CODEC_ID_PNG, AV_CODEC_ID_MJPEG}) {
    const Cover whole = make_picture(codec, 40, 30);
    for (std::size_t size = 0; size < 700 && size < whole.bytes.size(); ++size)
      if (const auto found = read_image_header(std::span(whole.bytes).first(size))) {
        EXPECT_EQ(found->width, 40);
        EXPECT_EQ(found->height, 30);
      }
  }
}

TEST(PictureBlock, Base64) {
  const auto of = [](std::string_view text) { return base64(std::as_bytes(std::span(text))); };
  EXPECT_EQ(of(""), "");
  EXPECT_EQ(of("f"), "Zg==");
  EXPECT_EQ(of("fo"), "Zm8=");
  EXPECT_EQ(of("foobar"), "Zm9vYmFy");
}

// ---- Checked with other programs

class MetadataElsewhere : public testing::Test {
 protected:
  std::string made(const char* format, const char* encoder) {
    const auto file = folder_.path() / (std::string("song.") + format);
    std::vector<Warning> warnings;
    const Format& row = *find_media_format(format);
    EXPECT_EQ(make_file(file, row, encoder, false, select_metadata(everything(), {}, row, false, warnings)),
              "");
    return file.string();
  }
  std::string seen_by(const char* command, const std::string& file) {
    return test::run(fmt::format("{} {}", command, test::quoted(file))).output;
  }
  test::TemporaryFolder folder_;
};

TEST_F(MetadataElsewhere, Metaflac) {
  SKIP_WITHOUT_PROGRAMS("metaflac", "flac");
  const std::string file = made("flac", "flac");
  EXPECT_THAT(
      seen_by("metaflac --list --block-type=VORBIS_COMMENT,PICTURE", file),
      AllOf(HasSubstr("ALBUMARTIST=Various"), HasSubstr("TRACKNUMBER=3/12"), HasSubstr("ISRC=USABC1234567"),
            HasSubstr("CHAPTER001NAME=Mittelstück"), HasSubstr("type: 3 (Cover (front))"),
            HasSubstr("width: 320"), HasSubstr("description: back")));
  EXPECT_THAT(seen_by("flac -t", file), HasSubstr("ok"));
}

TEST_F(MetadataElsewhere, Opusinfo) {
  SKIP_WITHOUT_PROGRAMS("opusinfo");
  EXPECT_THAT(seen_by("opusinfo", made("opus", "libopus")),
              AllOf(HasSubstr("R128_TRACK_GAIN=-2944"), Not(HasSubstr("REPLAYGAIN")),
                    HasSubstr("ARTISTSORT=Band, The"), HasSubstr("front|320x240x24"),
                    HasSubstr("back|64x48x24"), Not(HasSubstr("WARNING"))));
}

TEST_F(MetadataElsewhere, Vorbiscomment) {
  SKIP_WITHOUT_PROGRAMS("vorbiscomment");
  EXPECT_THAT(seen_by("vorbiscomment -l -R", made("ogg", "libvorbis")),
              AllOf(HasSubstr("DISCNUMBER=1/2"), HasSubstr("METADATA_BLOCK_PICTURE=AAAAAw"),
                    HasSubstr("CHAPTER000=00:00:00.000")));
}

TEST_F(MetadataElsewhere, Mpg123) {
  SKIP_WITHOUT_PROGRAMS("mpg123");
  EXPECT_THAT(seen_by("mpg123 -t --long-tag --utf8", made("mp3", "libmp3lame")),
              AllOf(HasSubstr("Lied für Zoë"), HasSubstr("The Band"), HasSubstr("A comment"),
                    Not(HasSubstr("error"))));
}

TEST_F(MetadataElsewhere, FfprobeFindsAttachedPictures) {
  SKIP_WITHOUT_PROGRAMS("ffprobe");
  for (const auto& [format, encoder] :
       {std::pair{"mp3", "libmp3lame"}, std::pair{"aac", "aac"}, std::pair{"m4a", "aac"},
        std::pair{"ogg", "libvorbis"}, std::pair{"opus", "libopus"}, std::pair{"flac", "flac"},
        std::pair{"wav", "pcm_s16le"}, std::pair{"aiff", "pcm_s16be"}, std::pair{"mka", "flac"}})
    EXPECT_EQ(
        seen_by(
            "ffprobe -v error -select_streams v -show_entries stream_disposition=attached_pic -of csv=p=0",
            made(format, encoder)),
        "1\n1\n")
        << format;
}

}  // namespace
}  // namespace convert::media
