// SPDX-License-Identifier: MIT
#include "net/http/url.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convert::net {
namespace {

TEST(Url, ParsesAndPrints) {
  for (const char* const text :
       {"https://host/", "http://host:8080/a/b", "https://127.0.0.1:1/", "https://[::1]:9000/x",
        "https://host/a%20b/%2F", "https://host/?a=b&c=", "https://host/?p=a%20b%2F"}) {
    const auto url = parse_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->text(), text);
  }
}

TEST(Url, SplitsIntoParts) {
  const auto url = parse_url("HTTP://User-Content.Example:8080/Path/?x=a+b&y=%C3%A9&z");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "http");
  EXPECT_EQ(url->host, "user-content.example");
  EXPECT_EQ(url->port, 8080);
  EXPECT_EQ(url->path, "/Path/");
  const std::vector<std::pair<std::string, std::string>> query{{"x", "a b"}, {"y", "é"}, {"z", ""}};
  EXPECT_EQ(url->query, query);
}

TEST(Url, LeavesOutTheSchemesOwnPort) {
  EXPECT_EQ(parse_url("https://host:443/")->authority(), "host");
  EXPECT_EQ(parse_url("http://host:80")->authority(), "host");
  EXPECT_EQ(parse_url("http://host:443")->authority(), "host:443");
}

TEST(Url, RefusesWhatIsNoHttpUrl) {
  for (const char* const text :
       {"", "host", "ftp://host/", "file:///etc/passwd", "https://", "https://user:secret@host/",
        "https://host:0/", "https://host:65536/", "https://host:/", "https://host:1x/", "https://host/#part",
        "https://ho st/", "https://host\r\n/", "https://host\\@evil/", "https://[::1/", "https://[::1]x/",
        "https://[zz]/", "https://host/?a=%zz", "https://a_b~/"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Errc::invalid_argument) << text;
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos);
  }
}

TEST(Url, EncodesAllButUnreservedBytes) {
  EXPECT_EQ(encode_component("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(encode_component("a b/+é\n"), "a%20b%2F%2B%C3%A9%0A");
  EXPECT_EQ(encode_path("/a b/c"), "/a%20b/c");
}

}  // namespace
}  // namespace convert::net
