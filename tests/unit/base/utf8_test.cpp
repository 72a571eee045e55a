// SPDX-License-Identifier: MIT
#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace convert::base {
namespace {

TEST(Utf8, ValidatesUtf8) {
  for (const char* text : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "日本😀"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text : {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
                           "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80",
                           "\xFF", "a\xC3z"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Utf8, EveryCodePointRoundTrips) {
  for (char32_t character = 0; character <= 0x10FFFF; ++character) {
    if (character >= 0xD800 && character <= 0xDFFF) continue;
    std::string text;
    append_utf8(text, character);
    std::string_view rest = text;
    ASSERT_TRUE(is_utf8(text)) << static_cast<unsigned>(character);
    ASSERT_EQ(take_code_point(rest), character);
    ASSERT_TRUE(rest.empty());
  }
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(utf8_prefix("a\xC3\xA9z", 1), "a");
  EXPECT_EQ(utf8_prefix("a\xC3\xA9z", 2), "a");
  EXPECT_EQ(utf8_prefix("a\xC3\xA9z", 3), "a\xC3\xA9");
  EXPECT_EQ(utf8_prefix("a\xC3\xA9z", 9), "a\xC3\xA9z");
}

TEST(Utf8, StorableTextHasNoNul) {
  for (const std::string good : {"", "a", "\x01\x7F\n", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_storable(good)) << good;
    EXPECT_EQ(make_storable(good), good);
  }
  const std::vector<std::pair<std::string, std::string>> repaired{
      {std::string("a\0b\0", 4),
       "a\xEF\xBF\xBD"
       "b\xEF\xBF\xBD"},
      {"\xFF", "\xEF\xBF\xBD"},
      {std::string("\xC3\0", 2), "\xEF\xBF\xBD\xEF\xBF\xBD"},
  };
  for (const auto& [bad, expected] : repaired) {
    EXPECT_FALSE(is_storable(bad)) << bad;
    EXPECT_EQ(make_storable(bad), expected);
    EXPECT_TRUE(is_storable(make_storable(bad)));
  }
}

}  // namespace
}  // namespace convert::base
