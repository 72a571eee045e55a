// SPDX-License-Identifier: MIT
#include "http/message/url.hpp"

#include <gmock/gmock.h>

namespace convert::server::http {
namespace {

std::string path_of(const std::string& target, Method method = Method::get) {
  const auto result = parse_target(method, target);
  if (const auto* refusal = std::get_if<RequestError>(&result)) return std::to_string(refusal->status);
  return std::get<Target>(result).path;
}

TEST(Target, ParsesPaths) {
  EXPECT_EQ(path_of("/"), "/");
  EXPECT_EQ(path_of("/api/tasks/1?max=2"), "/api/tasks/1");
  EXPECT_EQ(path_of("/a%20b/%C3%A9"), "/a b/\xC3\xA9");
  EXPECT_EQ(path_of("/a+b"), "/a+b");
  EXPECT_EQ(path_of("//a//"), "//a//");
  EXPECT_EQ(path_of("/..a/...%2E/.a."), "/..a/..../.a.");
}

TEST(Target, ParsesAbsoluteForm) {
  const std::string text = "HTTP://example.org:80/a?b";
  const auto result = parse_target(Method::get, text);
  ASSERT_TRUE(std::holds_alternative<Target>(result));
  EXPECT_EQ(std::get<Target>(result).authority, "example.org:80");
  EXPECT_EQ(std::get<Target>(result).path, "/a");
  EXPECT_EQ(std::get<Target>(result).query, "b");
  EXPECT_EQ(path_of("https://a"), "/");
  EXPECT_EQ(path_of("http://a?b=c"), "/");
  EXPECT_EQ(path_of("http://"), "400");
  EXPECT_EQ(path_of("http://u@a/"), "400");
  EXPECT_EQ(path_of("ftp://a/"), "400");
}

TEST(Target, ParsesAsteriskForm) {
  EXPECT_EQ(path_of("*", Method::options), "*");
  EXPECT_EQ(path_of("*"), "400");
  EXPECT_EQ(path_of("a:80", Method::other), "400");
  EXPECT_EQ(path_of(""), "400");
  EXPECT_EQ(path_of("a"), "400");
}

TEST(Target, RejectsAmbiguousTargets) {
  for (const char* target :
       {"/..",    "/../a",  "/a/..",   "/a/./b",     "/.",        "/%2e%2E/a", "/a/.%2e", "/a%2Fb",
        "/a%2fb", "/a%5Cb", "/a\\b",   "/%00",       "/a%0D%0Ab", "/%7F",      "/%",      "/%4",
        "/%GG",   "/%C3",   "/%C0%AF", "/%ED%A0%80", "/?a=%",     "/?%C3",     "/?a=%00"}) {
    EXPECT_EQ(path_of(target), "400") << target;
  }
}

TEST(Target, FindsQueryParameters) {
  EXPECT_EQ(query_argument("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(query_argument("a%20b=c+d%2B", "a b"), "c d+");
  EXPECT_EQ(query_argument("flag&b", "flag"), "");
  EXPECT_EQ(query_argument("a=1", "A"), std::nullopt);
  EXPECT_EQ(query_argument("", "a"), std::nullopt);
}

TEST(Target, PercentEncodingRoundTrips) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all)), all);
  EXPECT_EQ(percent_encode("a b/\xC3\xA9~"), "a%20b%2F%C3%A9~");
  EXPECT_EQ(percent_decode("a+%2b", true), "a +");
}

TEST(Form, ParsesPairs) {
  const auto pairs = parse_form("a=1&&b=x%3Dy=z&c&=d&a=%C3%A9&");
  ASSERT_TRUE(pairs);
  std::string text;
  for (const Field& pair : *pairs) text += pair.name + ':' + pair.value + ';';
  EXPECT_EQ(text, "a:1;b:x=y=z;c:;:d;a:\xC3\xA9;");
}

TEST(Form, RejectsMalformedForms) {
  for (const char* text : {"a=%", "a=%1", "%zz=1", "a=%FF", "a=%00", "a=\xFF"}) {
    const auto pairs = parse_form(text);
    ASSERT_FALSE(pairs) << text;
    EXPECT_EQ(pairs.error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(parse_form("a&b&c", 3));
  EXPECT_FALSE(parse_form("a&b&c&d", 3));
}

}  // namespace
}  // namespace convert::server::http
