// SPDX-License-Identifier: MIT
#include "security/api_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace convert::server::security {
namespace {

TEST(ApiKeyTest, MatchesOnlyItsHash) {
  const auto key = make_api_key();
  EXPECT_THAT(key.text, testing::MatchesRegex("cvk_[a-z2-7]{12}_[A-Za-z0-9_-]{43}"));
  EXPECT_TRUE(looks_like_api_key(key.text));
  const auto parts = parse_api_key(key.text);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, key.id);
  EXPECT_TRUE(api_key_matches(*parts, key.hash));
  EXPECT_FALSE(api_key_matches(*parts, make_api_key().hash));
  EXPECT_FALSE(api_key_matches(*parts, std::nullopt));
  EXPECT_FALSE(api_key_matches(*parts, ""));
  EXPECT_THAT(key.hash, testing::Not(testing::HasSubstr(key.text.substr(17))));
}

/// The hash is BLAKE2b-256 of the 32 bytes. Computed with Python's hashlib.
TEST(ApiKeyTest, HashesWithBlake2b) {
  const auto parts = parse_api_key("cvk_abcdefghijkl_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->id, "abcdefghijkl");
  EXPECT_EQ(parts->hash, "yy9RYPwffgWlXvSdNAtI2i5aeAmdUzkzUc1XndQlA9Y");
}

/// Unknown ids are compared with a dummy hash, which never matches.
TEST(ApiKeyTest, UnknownKeyMatchesNothing) {
  auto parts = *parse_api_key(make_api_key().text);
  EXPECT_FALSE(api_key_matches(parts, std::nullopt));
  parts.hash.assign(parts.hash.size(), '-');
  EXPECT_FALSE(api_key_matches(parts, std::nullopt));
}

TEST(ApiKeyTest, RejectsMalformedKeys) {
  const auto good = make_api_key().text;
  const std::string refused[] = {"",
                                 "cvk_",
                                 good + "A",
                                 good.substr(0, good.size() - 1),
                                 "CVK_" + good.substr(4),
                                 " " + good,
                                 good + "\n",
                                 good.substr(0, 16) + "-" + good.substr(17),
                                 good.substr(0, 4) + "ABCDEFGHIJKL" + good.substr(16),
                                 good.substr(0, 17) + std::string(43, '='),
                                 good.substr(0, good.size() - 1) + "B"};
  for (const auto& text : refused) EXPECT_FALSE(parse_api_key(text)) << text;
  EXPECT_FALSE(looks_like_api_key("eyJhbGciOiJIUzI1NiJ9.e30.x"));
}

TEST(ApiKeyTest, KeysAreUnique) {
  std::set<std::string> ids;
  std::set<std::string> texts;
  for (int n = 0; n < 1'000; ++n) {
    const auto key = make_api_key();
    ids.insert(key.id);
    texts.insert(key.text.substr(17));
  }
  EXPECT_EQ(ids.size(), 1'000U);
  EXPECT_EQ(texts.size(), 1'000U);
}

}  // namespace
}  // namespace convert::server::security
