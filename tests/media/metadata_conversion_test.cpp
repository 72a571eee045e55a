// SPDX-License-Identifier: MIT
// Tags, cover art, chapters and replay gain through every format: kept, or reported as lost.
#include <fmt/format.h>

#include <cctype>
#include <cstdlib>

#include "media/media_support.hpp"

namespace convert::test {
namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::string> kTags = {
    {"title", "Grüße aus 日本"}, {"artist", "Ann & Bob"}, {"album", "Tests = Fun"},
    {"genre", "Ambient"},        {"date", "2019"},        {"comment", "a; b \"c\""}};

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// A file with all kinds of metadata, made by ffmpeg.
fs::path tagged(const TemporaryFolder& folder, const fs::path& music, const std::string& extension) {
  std::string list = ";FFMETADATA1\n";
  for (const auto& [name, value] : kTags) {
    std::string escaped;
    for (const char c : value) {
      if (std::string_view("=;#\\\n").find(c) != std::string_view::npos) escaped += '\\';
      escaped += c;
    }
    list += name + "=" + escaped + "\n";
  }
  list += "track=3/12\nREPLAYGAIN_TRACK_GAIN=-6.40 dB\nREPLAYGAIN_TRACK_PEAK=0.912000\n";
  // FFmpeg neither writes nor reads chapters in FLAC: there they are tags.
  if (extension == "flac") {
    list += "CHAPTER000=00:00:00.000\nCHAPTER000NAME=Opening\n";
    list += "CHAPTER001=00:00:01.200\nCHAPTER001NAME=Finale\n";
  }
  list += "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1200\ntitle=Opening\n";
  list += "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1200\nEND=3001\ntitle=Finale\n";
  write_file(folder / "list.txt", list);
  const auto cover = quoted(folder / "cover.png");
  const auto file = folder / ("tagged." + extension);
  const auto ran = run(fmt::format(
      "ffmpeg -v error -f lavfi -i testsrc=s=64x48:d=1 -frames:v 1 {0} && ffmpeg -v error -i {1} -i {0} -i "
      "{2} "
      "-map 0:a -map 1:v -map_metadata 2 -map_chapters 2 -disposition:v attached_pic -c:v copy {3}",
      cover, quoted(music), quoted(folder / "list.txt"), quoted(file)));
  EXPECT_EQ(ran.status, 0) << ran.output;
  return file;
}

/// What ffprobe finds in the container or in the stream.
struct Found {
  std::map<std::string, std::string> tags;
  std::vector<std::string> chapters;
  std::vector<double> starts;
  std::string cover;  // codec
};

Found find(const fs::path& file) {
  Found found;
  const auto all = ffprobe(file, "-show_format -show_streams -show_chapters");
  for (const auto& [name, value] : all) {
    for (const std::string place : {"format.tags.", "streams.stream.0.tags."}) {
      if (name.starts_with(place)) found.tags[lower(name.substr(place.size()))] = value;
    }
    if (name.ends_with(".disposition.attached_pic") && value == "1") {
      found.cover = all.at(name.substr(0, name.find(".disposition")) + ".codec_name");
    }
  }
  if (found.tags.contains("wm_year")) found.tags["date"] = found.tags["wm_year"];  // ASF's WM/Year
  for (int i = 0; all.contains(fmt::format("chapters.chapter.{}.start", i)); ++i) {
    const auto title = all.find(fmt::format("chapters.chapter.{}.tags.title", i));
    found.chapters.push_back(title == all.end() ? "" : title->second);
    found.starts.push_back(number(all, fmt::format("chapters.chapter.{}.start_time", i)));
  }
  for (int i = 0; found.tags.contains(fmt::format("chapter{:03}", i)); ++i) {
    found.chapters.push_back(found.tags[fmt::format("chapter{:03}name", i)]);
    const auto time = found.tags[fmt::format("chapter{:03}", i)];
    found.starts.push_back(std::strtod(time.substr(time.rfind(':') + 1).c_str(), nullptr));
  }
  return found;
}

std::string escaped_by_ffprobe(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '$' || c == '`') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

/// Messages about losses, in lower case.
std::string losses(const Report& report) {
  std::string text;
  for (const auto& warning : report.warnings) {
    if (warning.code == WarningCode::metadata_lost) text += lower(warning.message) + '\n';
  }
  return text;
}

struct Way {
  std::string from;
  std::string to;
};
std::ostream& operator<<(std::ostream& out, const Way& way) { return out << way.from << " to " << way.to; }

class AllMetadata : public testing::TestWithParam<Way> {};

TEST_P(AllMetadata, IsKeptOrReportedAsLost) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = tagged(folder, music, GetParam().from);
  const auto source = find(from);
  ASSERT_EQ(source.tags.at("title"), kTags.at("title"));
  ASSERT_EQ(source.cover, "png");
  ASSERT_EQ(source.chapters.size(), 2U);
  const auto out = folder / ("out." + GetParam().to);
  const auto report = converted(from, out);
  const auto result = find(out);
  const auto lost = losses(report);

  for (const auto& [name, value] : kTags) {
    const auto there = result.tags.find(name);
    if (there == result.tags.end()) {
      EXPECT_THAT(lost, testing::AnyOf(testing::HasSubstr(name), testing::HasSubstr("tags"))) << name;
    } else {
      EXPECT_EQ(there->second, escaped_by_ffprobe(value)) << name;
    }
  }
  if (!result.tags.contains("track")) {
    EXPECT_THAT(lost, testing::AnyOf(testing::HasSubstr("track"), testing::HasSubstr("tags")));
  } else {
    EXPECT_TRUE(result.tags.at("track").starts_with("3")) << result.tags.at("track");
  }
  if (result.cover.empty()) {
    EXPECT_THAT(lost, testing::HasSubstr("cover"));
  } else {
    EXPECT_EQ(result.cover, "png");
  }
  if (result.chapters.empty()) {
    EXPECT_THAT(lost, testing::HasSubstr("chapter"));
  } else {
    EXPECT_THAT(result.chapters, testing::ElementsAre("Opening", "Finale"));
    EXPECT_NEAR(result.starts[0], 0, 0.03);
    EXPECT_NEAR(result.starts[1], 1.2, 0.03);
  }
  const auto listing = run("ffprobe -v error -show_format -show_streams " + quoted(out)).output;
  EXPECT_THAT(lower(listing) + lost,
              testing::AnyOf(testing::HasSubstr("replaygain"), testing::HasSubstr("replay gain"),
                             testing::HasSubstr("r128_track_gain"), testing::HasSubstr("tags")));
  EXPECT_EQ(decode(out).frames() > 0, true);
}

std::vector<Way> all_ways() {
  std::vector<Way> ways;
  for (const std::string from : {"flac", "mp3"}) {
    for (const std::string to :
         {"mp3", "aac", "m4a", "ogg", "opus", "flac", "wav", "aiff", "wma", "ac3", "mka"}) {
      ways.push_back({from, to});
    }
  }
  return ways;
}

INSTANTIATE_TEST_SUITE_P(Ways, AllMetadata, testing::ValuesIn(all_ways()),
                         [](const auto& way) { return way.param.from + "_to_" + way.param.to; });

// Formats whose table row declares support must keep it.
TEST(Metadata, IsKeptIfTheFormatDeclaresSupport) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = tagged(folder, music, "flac");
  const Library library;
  for (const auto& format : library.formats()) {
    if (format.family != Family::audio || !format.writable) continue;
    const auto out = folder / ("out." + std::string(format.name));
    const auto report = converted(from, out);
    const auto result = find(out);
    EXPECT_EQ(result.tags.contains("title"), format.capabilities.tags) << format.name;
    EXPECT_EQ(!result.cover.empty(), format.capabilities.cover_art) << format.name;
    EXPECT_EQ(!result.chapters.empty(), format.capabilities.chapters) << format.name;
  }
}

TEST(Metadata, OfFlacIsReadByMetaflac) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "metaflac");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = tagged(folder, music, "mp3");
  const auto out = folder / "out.flac";
  converted(from, out);
  const auto tags = lower(run("metaflac --export-tags-to=- " + quoted(out)).output);
  for (const auto& [name, value] : kTags) {
    const auto usual = name == "comment" ? std::string("description") : name;
    EXPECT_THAT(tags, testing::HasSubstr(usual + "=" + lower(value)));
  }
  EXPECT_THAT(tags, testing::HasSubstr("replaygain_track_gain=-6.4"));
  const auto picture = folder / "picture.png";
  EXPECT_EQ(run("metaflac --export-picture-to=" + quoted(picture) + " " + quoted(out)).status, 0);
  EXPECT_TRUE(read_file(picture) == read_file(folder / "cover.png"));
}

// A gain that was measured at the old volume is wrong at the new one.
TEST(ReplayGain, IsDroppedIfTheVolumeChanges) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "metaflac");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = tagged(folder, music, "flac");
  converted(from, folder / "out.flac", {"volume=0.5"});
  const auto tags = lower(run("metaflac --export-tags-to=- " + quoted(folder / "out.flac")).output);
  EXPECT_THAT(tags, testing::Not(testing::HasSubstr("replaygain_track_gain=-6.4")));
  EXPECT_THAT(tags, testing::HasSubstr("title="));
}

TEST(Policy, ReplaceKeepsOnlyTheGivenTags) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = tagged(folder, music, "flac");
  for (const std::string file : {"a.mp3", "a.flac", "a.m4a", "a.ogg", "a.mka"}) {
    converted(from, folder / file, {"metadata=replace", "tags.title=New"});
    const auto result = find(folder / file);
    EXPECT_EQ(result.tags.at("title"), "New") << file;
    EXPECT_FALSE(result.tags.contains("artist")) << file;
    EXPECT_TRUE(result.cover.empty()) << file;
    EXPECT_TRUE(result.chapters.empty()) << file;
  }
}

TEST(Policy, StripKeepsNothing) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = tagged(folder, music, "mp3");
  // One copy, and encodings.
  for (const std::string file : {"a.mp3", "a.flac", "a.m4a", "a.ogg", "a.wav", "a.mka"}) {
    converted(from, folder / file, {"metadata=strip"});
    const auto result = find(folder / file);
    for (const auto& [name, value] : kTags) EXPECT_FALSE(result.tags.contains(name)) << file << ' ' << name;
    EXPECT_TRUE(result.cover.empty()) << file;
    EXPECT_TRUE(result.chapters.empty()) << file;
  }
}

TEST(Policy, KeepLetsTagsBeSetAndRemoved) {
  SKIP_WITHOUT_PROGRAMS("ffmpeg", "ffprobe");
  NEED_SAMPLE(music, "short.wav");
  const TemporaryFolder folder;
  const auto from = tagged(folder, music, "flac");
  for (const std::string file : {"a.mp3", "a.flac", "a.m4a", "a.opus"}) {
    converted(from, folder / file, {"tags.title=New", "tags.artist="});
    const auto result = find(folder / file);
    EXPECT_EQ(result.tags.at("title"), "New") << file;
    EXPECT_FALSE(result.tags.contains("artist")) << file;
    EXPECT_EQ(result.tags.at("album"), kTags.at("album")) << file;
    EXPECT_EQ(result.cover, "png") << file;
  }
}

}  // namespace
}  // namespace convert::test
