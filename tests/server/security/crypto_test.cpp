// SPDX-License-Identifier: MIT
#include "security/crypto.hpp"

#include <gtest/gtest.h>

namespace convert::server::security {
namespace {

/// The test vectors of RFC 4648, section 10, in the URL-safe alphabet without padding.
TEST(Base64UrlTest, MatchesTheStandard) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(base64url_encode(bytes), text);
    EXPECT_EQ(base64url_decode(text), bytes);
  }
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(base64url_decode("-__-"), "\xfb\xff\xfe");
}

TEST(Base64UrlTest, RejectsOtherInput) {
  for (const std::string text : {"Z", "Zm9vY", "Zg==", "Zg=", "Zm9v\n", " Zm9v", "Zm 9v", "+__-", "-//-",
                                 "Zh", "Zm9", "Zm9v.", "Z\xc3\xa4", "Zm9vZ"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
  EXPECT_FALSE(base64url_decode(std::string("Zm9v\0", 5)));
}

TEST(Base64UrlTest, HasSixtyFourCharacters) {
  int taken = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text{static_cast<char>(byte), 'A', 'A', 'A'};
    const auto bytes = base64url_decode(text);
    if (!bytes) continue;
    ++taken;
    EXPECT_EQ(base64url_encode(*bytes), text) << byte;
  }
  EXPECT_EQ(taken, 64);
}

TEST(Base64UrlTest, RoundTrips) {
  for (std::size_t size = 0; size < 200; ++size) {
    const auto bytes = random_bytes(size);
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
  }
}

}  // namespace
}  // namespace convert::server::security
