// SPDX-License-Identifier: MIT
#include "http/message/field_values.hpp"

#include <gmock/gmock.h>

namespace convert::server::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FieldValues, RecognizesTokens) {
  EXPECT_TRUE(is_token("X-Request-Id"));
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const char byte : std::string_view("\"(),/:;<=>?@[\\]{} \t\x7F\x80\xFF\0", 24)) {
    EXPECT_FALSE(is_token_character(static_cast<unsigned char>(byte))) << static_cast<int>(byte);
  }
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_token("a b"));
}

TEST(FieldValues, TrimsAndComparesText) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_TRUE(equals_ignore_case("Content-TYPE", "content-type"));
  EXPECT_FALSE(equals_ignore_case("a", "ab"));
  EXPECT_FALSE(equals_ignore_case("[", "{"));
  EXPECT_EQ(lower_case("ÀB"), "Àb");
}

TEST(FieldValues, ParsesDigits) {
  EXPECT_EQ(parse_digits("0"), 0U);
  EXPECT_EQ(parse_digits("9999999999999999999"), 9'999'999'999'999'999'999U);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "10000000000000000000"}) {
    EXPECT_EQ(parse_digits(text), std::nullopt) << text;
  }
}

TEST(FieldValues, SplitsLists) {
  EXPECT_THAT(list_elements("a, b ,c"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(list_elements(" , ,a,, "), ElementsAre("a"));
  EXPECT_THAT(list_elements("\"a,b\", \"c\\\",d\",e"), ElementsAre("\"a,b\"", "\"c\\\",d\"", "e"));
  EXPECT_THAT(list_elements("\"open, b"), ElementsAre("\"open, b"));
  EXPECT_THAT(list_elements(""), IsEmpty());
  EXPECT_TRUE(list_contains("keep-alive, Close", "close"));
  EXPECT_FALSE(list_contains("closed, not close", "close"));
}

TEST(FieldValues, ParsesQuotedStrings) {
  EXPECT_EQ(parse_quoted_string("\"a\\\"b\\\\\""), "a\"b\\");
  EXPECT_EQ(parse_quoted_string("\"\""), "");
  EXPECT_EQ(quote_string("a\"b\\"), "\"a\\\"b\\\\\"");
  for (const char* text : {"", "\"", "a", "\"a", "\"a\"b\"", "\"a\\\"", "\"\x01\""}) {
    EXPECT_EQ(parse_quoted_string(text), std::nullopt) << text;
  }
}

TEST(FieldValues, ParsesMediaTypes) {
  const auto type = parse_media_type("Multipart/Form-Data ; Boundary=\"a b\" ;charset=utf-8;");
  ASSERT_TRUE(type);
  EXPECT_EQ(type->type, "multipart/form-data");
  EXPECT_EQ(type->parameter("boundary"), "a b");
  EXPECT_EQ(type->parameter("charset"), "utf-8");
  EXPECT_EQ(type->parameter("other"), std::nullopt);
  EXPECT_TRUE(parse_media_type("application/problem+json"));
  for (const char* text : {"", "text", "text/", "/plain", "te xt/plain", "text/plain; charset",
                           "text/plain; a=", "text/plain; a=1; A=2", "text/plain a=b", "text/plain; a=\"b",
                           "a/b/c", "a/b;a=b c"}) {
    EXPECT_FALSE(parse_media_type(text)) << text;
  }
}

TEST(FieldValues, ParsesAcceptEncoding) {
  EXPECT_EQ(coding_quality("gzip", "gzip"), 1'000U);
  EXPECT_EQ(coding_quality("deflate, GZIP;q=0.5, br", "gzip"), 500U);
  EXPECT_EQ(coding_quality("gzip ; Q=0.123", "gzip"), 123U);
  EXPECT_EQ(coding_quality("gzip;q=0", "gzip"), 0U);
  EXPECT_EQ(coding_quality("*;q=0.2", "gzip"), 200U);
  EXPECT_EQ(coding_quality("*;q=0.2, gzip;q=0", "gzip"), 0U);
  EXPECT_EQ(coding_quality("xgzip", "gzip"), 0U);
  EXPECT_EQ(coding_quality(std::nullopt, "gzip"), 0U);
  EXPECT_EQ(coding_quality(std::nullopt, "identity"), 1U);
  EXPECT_EQ(coding_quality("gzip", "identity"), 1U);
  EXPECT_EQ(coding_quality("gzip, *;q=0", "identity"), 0U);
  EXPECT_EQ(coding_quality("identity;q=0", "identity"), 0U);
  for (const char* text : {"gzip;q=", "gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=x", "gzip;q=-1",
                           "gzip;a=b", "gzip;"}) {
    EXPECT_EQ(coding_quality(text, "gzip"), 0U) << text;
  }
}

TEST(FieldValues, ValidatesHosts) {
  for (const char* text : {"a", "example.org", "127.0.0.1:80", "[::1]", "[::1]:8080", "[::ffff:1.2.3.4]:1",
                           "a_b:65535", "localhost:"}) {
    EXPECT_TRUE(is_host(text)) << text;
  }
  for (const char* text : {"", ":80", "a:65536", "a:x", "a:80:80", "a b", "a/b", "a@b", "a,b c", "[::1", "[]",
                           "[::g]", "[::1]x", "[::1]:x", "a?b", "a#b", "a\\b", "\xC3\xA9", "a:000080"}) {
    EXPECT_FALSE(is_host(text)) << text;
  }
  EXPECT_FALSE(is_host(std::string(256, 'a')));
}

}  // namespace
}  // namespace convert::server::http
