// SPDX-License-Identifier: MIT
#include "conversion/format_lookup.hpp"

#include <gmock/gmock.h>

#include <array>

namespace convert::conversion {
namespace {

using std::string_view;
using testing::HasSubstr;

constexpr std::array ogg_names = {string_view("ogg"), string_view("oga")};
constexpr std::array opus_names = {string_view("opus"), string_view("ogg")};
constexpr std::array gz_names = {string_view("gz")};
constexpr std::array tar_gz_names = {string_view("tar.gz"), string_view("tgz")};

Format row(string_view name, string_view title, std::span<const string_view> extensions) {
  Format format;
  format.name = name;
  format.title = title;
  format.extensions = extensions;
  return format;
}

std::array<Format, 4> table() {
  return {row("ogg", "Ogg Vorbis", ogg_names), row("opus", "Opus", opus_names), row("gz", "gzip", gz_names),
          row("tar.gz", "tar.gz archive", tar_gz_names)};
}

string_view name(const Format* format) { return format == nullptr ? "none" : format->name; }

TEST(FormatLookup, FindsFormatsByNameAndExtension) {
  const auto formats = table();
  EXPECT_EQ(name(find_format(formats, "ogg")), "ogg");
  EXPECT_EQ(name(find_format(formats, ".OGA")), "ogg");
  EXPECT_EQ(name(find_format(formats, "Opus")), "opus");
  EXPECT_EQ(name(find_format(formats, "tgz")), "tar.gz");
  EXPECT_EQ(name(find_format(formats, "")), "none");
  EXPECT_EQ(name(find_format(formats, ".")), "none");
  EXPECT_EQ(name(find_format(formats, "og")), "none");
}

TEST(FormatLookup, PrefersTheLongestExtension) {
  const auto formats = table();
  EXPECT_EQ(name(format_for_file_name(formats, "a.tar.gz")), "tar.gz");
  EXPECT_EQ(name(format_for_file_name(formats, "some/folder.ogg/a.GZ")), "gz");
  EXPECT_EQ(name(format_for_file_name(formats, "a.ogg.bak")), "none");
  EXPECT_EQ(name(format_for_file_name(formats, "ogg")), "none");
  EXPECT_EQ(name(format_for_file_name(formats, ".gz")), "none");  // a hidden file without an extension
  EXPECT_EQ(name(format_for_file_name(formats, "")), "none");
}

TEST(FormatLookup, FileStemRemovesFoldersAndExtension) {
  const auto formats = table();
  EXPECT_EQ(file_stem(formats, "/music/song.ogg"), "song");
  EXPECT_EQ(file_stem(formats, "a.b.tar.gz"), "a.b");
  EXPECT_EQ(file_stem(formats, "song.xyz"), "song");
  EXPECT_EQ(file_stem(formats, "song"), "song");
  EXPECT_EQ(file_stem(formats, ".hidden"), ".hidden");
  for (const string_view nothing : {"", "/", "a/", ".", "..", "a/.."}) {
    EXPECT_EQ(file_stem(formats, nothing), "output") << nothing;
  }
}

TEST(FormatLookup, FileStemLeavesSpaceForAnyExtension) {
  const auto formats = table();
  EXPECT_EQ(file_stem(formats, std::string(251, 'a') + ".mp3"), std::string(240, 'a'));
  std::string wide = "a";
  for (int i = 0; i < 125; ++i) wide += "\xC3\xA9";
  EXPECT_EQ(file_stem(formats, wide + ".mp3"), wide.substr(0, 239)) << "no partial character";
  EXPECT_EQ(file_stem(formats, "caf\xE9.mp3"),
            "caf\xE9");  // short names stay unchanged, even if they are not UTF-8
}

TEST(FormatLookup, WarnsOfANameThatDoesNotMatchTheContent) {
  const auto formats = table();
  const auto mismatch = name_mismatch(formats, "a/song.gz", "ogg");
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->code, WarningCode::name_mismatch);
  EXPECT_THAT(mismatch->message, HasSubstr("song.gz"));
  EXPECT_THAT(mismatch->message, HasSubstr("Ogg Vorbis"));
  EXPECT_FALSE(name_mismatch(formats, "song.oga", "ogg"));
  EXPECT_FALSE(name_mismatch(formats, "song.ogg", "opus"));  // also an extension of Opus
  EXPECT_FALSE(name_mismatch(formats, "song.xyz", "ogg"));
  EXPECT_FALSE(name_mismatch(formats, "song", "ogg"));
  EXPECT_FALSE(name_mismatch(formats, "song.gz", "strange"));
}

}  // namespace
}  // namespace convert::conversion
