// SPDX-License-Identifier: MIT
#include "archive/entry_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace convert::archive {
namespace {

TEST(CodePages, ConvertToUtf8) {
  EXPECT_EQ(from_cp437("caf\x82 \x81\xE1\xFF"), "café üß\u00A0");
  EXPECT_EQ(from_cp437("\xB0\xC4\xE3"), "░─π");
  EXPECT_EQ(from_latin1("caf\xE9 \xFF"), "café ÿ");
}

TEST(SafePath, NormalisesAndRejects) {
  EXPECT_EQ(safe_path("a/b"), "a/b");
  EXPECT_EQ(safe_path("./a//b/./c/"), "a/b/c");
  EXPECT_EQ(safe_path("./"), "");
  EXPECT_EQ(safe_path("..a/b../..."), "..a/b../...");
  EXPECT_EQ(safe_path("back\\slash"), "back\\slash");
  for (const auto bad : std::initializer_list<std::string_view>{"..", "a/..", "../a", "/a", "\\a", "a\\..\\b",
                                                                "..\\a", "C:", "c:/a", "C:a", "a/C:b",
                                                                "a\\D:b", std::string_view("a\0b", 3)}) {
    EXPECT_EQ(safe_path(bad), std::nullopt) << bad;
  }
}

TEST(SafeLink, StaysInside) {
  EXPECT_TRUE(safe_link("l", "a"));
  EXPECT_TRUE(safe_link("a/b/l", "../../c"));
  EXPECT_TRUE(safe_link("a/l", "b/../../c"));
  EXPECT_FALSE(safe_link("l", ".."));
  EXPECT_FALSE(safe_link("a/l", "../.."));
  EXPECT_FALSE(safe_link("a/l", "..\\..\\x"));
  EXPECT_FALSE(safe_link("l", "/a"));
  EXPECT_FALSE(safe_link("l", "C:\\a"));
  EXPECT_FALSE(safe_link("l", ""));
  EXPECT_TRUE(ascends_after_descending("a/../b"));
  EXPECT_FALSE(ascends_after_descending("../../b"));
}

TEST(InputNames, AreMadeSafeAndUnique) {
  EXPECT_EQ(safe_input_name("dir/a.txt"), "dir/a.txt");
  EXPECT_EQ(safe_input_name("/tmp/a.txt"), "a.txt");
  EXPECT_EQ(safe_input_name("..\\..\\a.txt"), "a.txt");
  EXPECT_EQ(safe_input_name(".."), "file");
  EXPECT_EQ(safe_input_name(""), "file");
  EXPECT_EQ(safe_input_name("\xE9.txt"), "é.txt");
  UniqueNames names;
  EXPECT_EQ(names.add("d/a.b.txt"), "d/a.b.txt");
  EXPECT_EQ(names.add("d/a.b.txt"), "d/a.b (2).txt");
  EXPECT_EQ(names.add("d/a.b.txt"), "d/a.b (3).txt");
  EXPECT_EQ(names.add("x.tar.gz"), "x.tar.gz");
  EXPECT_EQ(names.add("x.tar.gz"), "x (2).tar.gz");
  EXPECT_EQ(names.add(".hidden"), ".hidden");
  EXPECT_EQ(names.add(".hidden"), ".hidden (2)");
  EXPECT_EQ(names.add("v1.0/name"), "v1.0/name");
  EXPECT_EQ(names.add("v1.0/name"), "v1.0/name (2)");
}

TEST(RelativeTarget, LeadsFromTheLinkToItsTarget) {
  EXPECT_EQ(relative_target("a", "b"), "b");
  EXPECT_EQ(relative_target("d/a", "b"), "../b");
  EXPECT_EQ(relative_target("d/e/a", "d/f/b"), "../f/b");
  EXPECT_EQ(relative_target("d/a", "d/b"), "b");
}

TEST(EntrySelector, FindsByNameAndListsSimilarNames) {
  EntrySelector requested("./dir/Song.mp3");
  EXPECT_FALSE(requested.matches("other.txt"));
  EXPECT_FALSE(requested.matches("dir/song.mp3"));
  EXPECT_THAT(requested.not_found_error().message, testing::HasSubstr("include: dir/song.mp3, other.txt"));
  EXPECT_TRUE(requested.matches("././dir/Song.mp3"));
  EXPECT_TRUE(requested.found());
}

}  // namespace
}  // namespace convert::archive
