// SPDX-License-Identifier: MIT
#include "security/signed_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "security/access_token.hpp"
#include "server/security/test_tokens.hpp"
#include "support/test_helpers.hpp"

namespace convert::server::security {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const LinkSubject kSubject{42, "abcdefghijklmnop", 3};
const Time kEnd = kNow + minutes(15);

std::string link() { return make_link(kSubject, kEnd, test_ring(), kNow); }

std::string verification_result(std::string_view text, const LinkSubject& subject = kSubject,
                                Time now = kNow) {
  const auto end = verify_link(text, subject, test_ring(), now);
  return std::string(end ? "good" : to_string(end.error().code));
}

TEST(SignedLinkTest, IsBoundToTaskAccountAndTime) {
  EXPECT_EQ(verify_link(link(), kSubject, test_ring(), kNow).value(), kEnd);
  EXPECT_EQ(verification_result(link(), {43, "abcdefghijklmnop", 3}), "invalid_argument");
  EXPECT_EQ(verification_result(link(), {42, "abcdefghijklmnoq", 3}), "invalid_argument");
  EXPECT_EQ(verification_result(link(), {42, "abcdefghijklmnop", 4}), "invalid_argument");
  EXPECT_EQ(verification_result(link(), {4, "2abcdefghijklmnop", 3}), "invalid_argument");
  EXPECT_EQ(verification_result(link(), kSubject, kEnd - milliseconds(1)), "good");
  EXPECT_EQ(verification_result(link(), kSubject, kEnd), "deadline_exceeded");
}

/// Computed with Python's hmac.
TEST(SignedLinkTest, HasTheDocumentedForm) {
  EXPECT_EQ(link(), "k1.1800000900.X8N5eG0uIo9BQKywih_qoSmznxuNjxk-OzrtnVM11to");
  EXPECT_THAT(link(), testing::MatchesRegex("[A-Za-z0-9._-]+"));
}

TEST(SignedLinkTest, ExpiresAtWholeSeconds) {
  const auto text = make_link(kSubject, kEnd + milliseconds(1), test_ring(), kNow);
  EXPECT_EQ(verify_link(text, kSubject, test_ring(), kNow).value(), kEnd + seconds(1));
}

TEST(SignedLinkTest, RejectsModifiedLinks) {
  const auto good = link();
  std::mt19937 random(test::seed());
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto changed = good;
    while (changed[at] == good[at]) changed[at] = static_cast<char>(random() % 256);
    EXPECT_NE(verification_result(changed), "good") << at;
    EXPECT_NE(verification_result(good.substr(0, at)), "good") << at;
  }
  for (const std::string text : {"", ".", "..", "k1..", "k1.1800000900.", "k1.99999999999999999999.AAAA",
                                 "k1.-1.AAAA", "k1.+1800000900.AAAA", "k1. 1800000900.AAAA"}) {
    EXPECT_EQ(verification_result(text), "invalid_argument") << text;
  }
  auto later = good;
  EXPECT_EQ(verification_result(later.replace(later.find("1800000900"), 10, "1900000900")),
            "invalid_argument");
  EXPECT_EQ(verification_result(good + "A"), "invalid_argument");
  EXPECT_EQ(verification_result(good + std::string(500, 'A')), "invalid_argument");
}

TEST(SignedLinkTest, ExpiresWithItsSecret) {
  const auto other = ring_of({{"k2", kTestSecret, Time{}}});
  EXPECT_EQ(verify_link(link(), kSubject, other, kNow).error().code, Errc::not_found);
  const auto changed = ring_of({{"k1", std::string(32, 'x'), Time{}}});
  EXPECT_EQ(verify_link(link(), kSubject, changed, kNow).error().code, Errc::invalid_argument);
}

/// One secret signs links and tokens: neither verifies as the other.
TEST(SignedLinkTest, IsNotAToken) {
  EXPECT_FALSE(verify_token(link(), test_ring(), kNow));
  const auto token = make_token({"abcdefghijklmnop", 3, kNow, kEnd}, test_ring());
  EXPECT_EQ(verification_result(token), "invalid_argument");
}

}  // namespace
}  // namespace convert::server::security
