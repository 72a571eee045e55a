// SPDX-License-Identifier: MIT
#include "http/message/file_name.hpp"

#include <gtest/gtest.h>

#include "base/utf8.hpp"

namespace convert::server::http {
namespace {

/// Expects sanitizing to be idempotent.
std::string sanitized(const std::string& text) {
  const auto name = sanitize_file_name(text);
  if (!name) return name.error().code == Errc::invalid_argument ? "refused" : "another error";
  EXPECT_EQ(sanitize_file_name(*name).value_or("refused"), *name);
  EXPECT_LE(name->size(), 255U);
  EXPECT_TRUE(convert::base::is_utf8(*name));
  return *name;
}

TEST(FileName, KeepsOrdinaryNames) {
  for (const char* name :
       {"song.mp3", "My Song (live).flac", "caf\xC3\xA9.wav", "\xF0\x9F\x8E\xB5.ogg", "a.tar.gz", ".hidden",
        "no extension", "What?.mp3", "a'b\"c.mp3", "consul.mp3", "com.mp3", "com10.mp3"}) {
    EXPECT_EQ(sanitized(name), name);
  }
}

TEST(FileName, RemovesFolders) {
  EXPECT_EQ(sanitized("../../etc/passwd"), "passwd");
  EXPECT_EQ(sanitized("..\\..\\boot.ini"), "boot.ini");
  EXPECT_EQ(sanitized("/etc/shadow"), "shadow");
  EXPECT_EQ(sanitized("C:\\Music\\a.mp3"), "a.mp3");
  EXPECT_EQ(sanitized("C:a.mp3"), "C_a.mp3");
  EXPECT_EQ(sanitized("a.mp3:stream"), "a.mp3_stream");
  EXPECT_EQ(sanitized("a\\b/c\\d.mp3"), "d.mp3");
}

TEST(FileName, RejectsUnusableNames) {
  for (const std::string name : {"", ".", "..", "...", "a/", "a\\", "/", " ", " . ", "\x01", "\xFF", "a\xC3",
                                 "\xE2\x80\xAE", "\xED\xA0\x80"}) {
    EXPECT_EQ(sanitized(name), "refused") << name;
  }
  EXPECT_EQ(sanitized(std::string("a\0.mp3", 6)), "refused");
}

TEST(FileName, RemovesDeceptiveCharacters) {
  EXPECT_EQ(sanitized("a\r\nSet-Cookie.mp3"), "aSet-Cookie.mp3");
  EXPECT_EQ(sanitized("\x1B[31m.mp3\x7F"), "[31m.mp3");
  EXPECT_EQ(sanitized("song\xE2\x80\xAE"
                      "3pm.exe"),
            "song3pm.exe");
  EXPECT_EQ(sanitized("\xEF\xBB\xBF"
                      "a\xC2\x85.mp3\xE2\x80\xA8"),
            "a.mp3");
  EXPECT_EQ(sanitized("  a.mp3 .. "), "a.mp3");
}

TEST(FileName, RenamesDeviceNames) {
  EXPECT_EQ(sanitized("con"), "_con");
  EXPECT_EQ(sanitized("NUL.mp3"), "_NUL.mp3");
  EXPECT_EQ(sanitized("lpt1.tar.gz"), "_lpt1.tar.gz");
  EXPECT_EQ(sanitized("COM9 .mp3"), "_COM9 .mp3");
}

TEST(FileName, ShortensLongNames) {
  const std::string name = sanitized(std::string(4'000, 'a') + ".flac");
  EXPECT_EQ(name.size(), 255U);
  EXPECT_TRUE(name.ends_with("aaa.flac"));
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\xC3\xA9";
  EXPECT_EQ(sanitized(wide + ".mp3").size(), 254U);  // 125 characters of two bytes, and ".mp3"
  EXPECT_EQ(sanitized("a." + std::string(300, 'b')).size(), 255U);
  EXPECT_EQ(sanitized(std::string(254, 'a') + " " + std::string(300, 'b')).size(), 254U);
}

TEST(FileName, ChecksShortenedNames) {
  EXPECT_EQ(sanitized("lpt3" + std::string(252, ' ') + "(live)"), "_lpt3");
  EXPECT_EQ(sanitized(std::string(300, '.') + std::string(40, 'a')), "refused");
  const std::string name = sanitized("con." + std::string(247, 'a') + ".mp3");
  EXPECT_EQ(name.size(), 255U);
  EXPECT_TRUE(name.starts_with("_con.aa") && name.ends_with("aa.mp3"));
}

TEST(FileName, RecognizesBaseAndExtension) {
  for (const char* name : {"a.b", "a.tar.gz", ".a.b", "a b.c"})
    EXPECT_TRUE(has_base_and_extension(name)) << name;
  for (const char* name : {"", "a", "a.", ".a", "..a", "."})
    EXPECT_FALSE(has_base_and_extension(name)) << name;
}

}  // namespace
}  // namespace convert::server::http
