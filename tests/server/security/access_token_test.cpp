// SPDX-License-Identifier: MIT
#include "security/access_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "server/security/test_tokens.hpp"
#include "support/test_helpers.hpp"

namespace convert::server::security {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TokenClaims claims_at(Time now) { return {"abcdefghijklmnop", 3, now, now + std::chrono::hours(24)}; }

TEST(AccessTokenTest, RoundTripsItsClaims) {
  const auto ring = test_ring();
  const auto token = make_token(claims_at(kNow), ring);
  const auto claims = verify_token(token, ring, kNow + seconds(5)).value();
  EXPECT_EQ(claims.account, "abcdefghijklmnop");
  EXPECT_EQ(claims.epoch, 3U);
  EXPECT_EQ(claims.issued, kNow);
  EXPECT_EQ(claims.expires, kNow + std::chrono::hours(24));
  EXPECT_LT(token.size(), 400U);
  EXPECT_EQ(verify_token(make_token({"a", 4'294'967'295U, kNow, kNow + seconds(1)}, ring), ring, kNow)
                .value()
                .epoch,
            4'294'967'295U);
}

TEST(AccessTokenTest, MatchesTheTestToken) {
  EXPECT_EQ(verification_result(good_token()), "good");
  EXPECT_EQ(make_token(claims_at(kNow), test_ring()), good_token());
}

TEST(AccessTokenTest, ExpiresExactly) {
  const auto token = make_token(claims_at(kNow), test_ring());
  const auto end = kNow + std::chrono::hours(24);
  EXPECT_EQ(verification_result(token, test_ring(), end - milliseconds(1)), "good");
  EXPECT_EQ(verification_result(token, test_ring(), end), "deadline_exceeded");
  EXPECT_EQ(verification_result(token, test_ring(), end + std::chrono::hours(24 * 365)), "deadline_exceeded");
}

TEST(AccessTokenTest, AcceptsThirtySecondsOfClockSkew) {
  const auto token = make_token(claims_at(kNow + seconds(30)), test_ring());
  EXPECT_EQ(verification_result(token, test_ring(), kNow), "good");
  EXPECT_EQ(verification_result(token, test_ring(), kNow - milliseconds(1)), "invalid_argument");
}

TEST(AccessTokenTest, RejectsAnotherSecret) {
  const auto other = ring_of({{"k1", std::string(32, 'x'), Time{}}});
  EXPECT_EQ(verification_result(good_token(), other), "invalid_argument");
  const auto unknown = ring_of({{"k2", kTestSecret, Time{}}});
  EXPECT_EQ(verification_result(good_token(), unknown), "not_found");
}

TEST(AccessTokenTest, IsValidWhileItsSecretIsInTheRing) {
  const Secret old = test_secret();
  const Secret fresh{"k2", std::string(40, 'y'), kNow};
  EXPECT_EQ(verification_result(good_token(), ring_of({old, fresh})), "good");
  EXPECT_EQ(verification_result(good_token(), ring_of({fresh})), "not_found");
  const auto rotated = make_token(claims_at(kNow), ring_of({old, fresh}));
  EXPECT_EQ(verification_result(rotated, ring_of({old})), "not_found");
  EXPECT_EQ(verification_result(rotated, ring_of({fresh})), "good");
  // A secret does not sign before it is valid.
  const auto before = make_token(claims_at(kNow - milliseconds(1)), ring_of({old, fresh}));
  EXPECT_EQ(verification_result(before, ring_of({old})), "good");
}

struct Forgery {
  const char* what;
  std::string header;
  std::string payload = kPayload;
};

/// All forgeries have a valid signature.
TEST(AccessTokenTest, RejectsOtherHeaders) {
  const std::string nested = R"({"alg":"HS256","kid":"k1","jwk":{"k":"AAAA"}})";
  const Forgery forgeries[] = {
      {"alg none", replaced(kHeader, "HS256", "none")},
      {"alg None", replaced(kHeader, "HS256", "None")},
      {"alg empty", replaced(kHeader, "HS256", "")},
      {"alg HS384", replaced(kHeader, "HS256", "HS384")},
      {"alg HS512", replaced(kHeader, "HS256", "HS512")},
      {"alg RS256", replaced(kHeader, "HS256", "RS256")},
      {"alg hs256", replaced(kHeader, "HS256", "hs256")},
      {"alg escaped", replaced(kHeader, "HS256", R"(HS25\u0036)")},
      {"alg a number", replaced(kHeader, "\"HS256\"", "256")},
      {"alg null", replaced(kHeader, "\"HS256\"", "null")},
      {"alg twice", replaced(kHeader, R"("typ":"JWT")", R"("alg":"none")")},
      {"no alg", R"({"typ":"JWT","kid":"k1"})"},
      {"crit", replaced(kHeader, "}", R"(,"crit":"exp"})")},
      {"crit null", replaced(kHeader, "}", R"(,"crit":null})")},
      {"no kid", R"({"alg":"HS256","typ":"JWT"})"},
      {"kid a number", replaced(kHeader, "\"k1\"", "1")},
      {"typ another", replaced(kHeader, "JWT", "JWE")},
      {"typ a number", replaced(kHeader, "\"JWT\"", "1")},
      {"a nested key", nested},
      {"no object", "[]"},
      {"a text", "\"HS256\""},
      {"nothing", ""},
      {"more behind it", kHeader + "{}"},
      {"a comma too many", replaced(kHeader, "}", ",}")},
      {"no end", kHeader.substr(0, kHeader.size() - 1)},
      {"a zero byte", kHeader + std::string(1, '\0')},
      {"too long", replaced(kHeader, "}", ",\"x\":\"" + std::string(200, 'x') + "\"}")},
  };
  for (const auto& forgery : forgeries) {
    EXPECT_EQ(verification_result(token_of(forgery.header, forgery.payload)), "invalid_argument")
        << forgery.what;
  }
  EXPECT_EQ(verification_result(token_of(replaced(kHeader, "k1", "k2"), kPayload)), "not_found");
  EXPECT_EQ(verification_result(token_of(replaced(kHeader, "k1", "../k1"), kPayload)), "not_found");
  EXPECT_EQ(
      verification_result(token_of(R"( { "kid" : "k1" , "alg" : "HS256" , "x5t" : "unknown" } )", kPayload)),
      "good");
}

TEST(AccessTokenTest, RejectsOtherClaims) {
  const Forgery forgeries[] = {
      {"another issuer", kHeader, replaced(kPayload, "convertd", "convert")},
      {"no issuer", kHeader, replaced(kPayload, R"("iss":"convertd",)", "")},
      {"no subject", kHeader, replaced(kPayload, R"("sub":"abcdefghijklmnop",)", "")},
      {"an empty subject", kHeader, replaced(kPayload, "abcdefghijklmnop", "")},
      {"a subject that is no text", kHeader, replaced(kPayload, "\"abcdefghijklmnop\"", "7")},
      {"a long subject", kHeader, replaced(kPayload, "abcdefghijklmnop", std::string(65, 'a'))},
      {"no exp", kHeader, replaced(kPayload, R"("exp":1800086400,)", "")},
      {"exp a text", kHeader, replaced(kPayload, "1800086400", "\"1800086400\"")},
      {"exp with a fraction", kHeader, replaced(kPayload, "1800086400", "1800086400.5")},
      {"exp as a power", kHeader, replaced(kPayload, "1800086400", "18e8")},
      {"exp beyond all", kHeader, replaced(kPayload, "1800086400", "999999999999999999999")},
      {"exp after the year 9999", kHeader, replaced(kPayload, "1800086400", "253402300800")},
      {"exp negative", kHeader, replaced(kPayload, "1800086400", "-1")},
      {"exp with a zero in front", kHeader, replaced(kPayload, "1800086400", "01800086400")},
      {"exp twice", kHeader, replaced(kPayload, "\"ver\"", "\"exp\"")},
      {"no iat", kHeader, replaced(kPayload, R"("iat":1800000000,)", "")},
      {"iat in a while", kHeader, replaced(kPayload, "1800000000", "1800000031")},
      {"no ver", kHeader, replaced(kPayload, R"(,"ver":3)", "")},
      {"ver negative", kHeader, replaced(kPayload, ":3}", ":-3}")},
      {"ver too large", kHeader, replaced(kPayload, ":3}", ":4294967296}")},
      {"an audience", kHeader, replaced(kPayload, "}", R"(,"aud":"others"})")},
      {"not before", kHeader, replaced(kPayload, "}", R"(,"nbf":1800000001})")},
      {"nested", kHeader, replaced(kPayload, "}", R"(,"x":{}})")},
      {"an array", kHeader, "[" + kPayload + "]"},
      {"a line break in a text", kHeader, replaced(kPayload, "convertd", "convertd\n")},
      {"nothing", kHeader, ""},
  };
  for (const auto& forgery : forgeries) {
    EXPECT_EQ(verification_result(token_of(forgery.header, forgery.payload)), "invalid_argument")
        << forgery.what;
  }
  EXPECT_EQ(verification_result(token_of(kHeader, replaced(kPayload, "1800086400", "1799999999"))),
            "deadline_exceeded");
  EXPECT_EQ(
      verification_result(token_of(kHeader, replaced(kPayload, "}", R"(,"jti":"x","admin":true,"n":-0})"))),
      "good");
}

/// A changed payload with an old signature, and other combinations.
TEST(AccessTokenTest, SignatureCoversTheWholeToken) {
  const auto good = good_token();
  const auto other = token_of(kHeader, replaced(kPayload, ":3}", ":4}"));
  const auto payload = [](const std::string& token) {
    return token.substr(token.find('.'), token.rfind('.') - token.find('.'));
  };
  EXPECT_EQ(verification_result(replaced(good, payload(good), payload(other))), "invalid_argument");
  const auto with_none = base64url_encode(R"({"alg":"none","typ":"JWT","kid":"k1"})");
  EXPECT_EQ(verification_result(with_none + payload(good) + "."), "invalid_argument");
  EXPECT_EQ(verification_result(good.substr(0, good.rfind('.') + 1)), "invalid_argument");
  EXPECT_EQ(verification_result(good.substr(0, good.rfind('.'))), "invalid_argument");
  EXPECT_EQ(verification_result(token_of(kHeader, kPayload, "")), "invalid_argument");
}

TEST(AccessTokenTest, HasOneCanonicalForm) {
  const auto good = good_token();
  // Two bits of the 43rd character are unused, so three other texts decode to the same bytes.
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const auto last = kAlphabet.find(good.back());
  for (std::size_t n = 1; n < 4; ++n) {
    auto loose = good;
    loose.back() = kAlphabet[last ^ n];
    EXPECT_EQ(verification_result(loose), "invalid_argument") << loose.back();
  }
  for (const std::string_view tail : {"=", "==", " ", "\n", ".", "A", "\x7f"}) {
    EXPECT_EQ(verification_result(good + std::string(tail)), "invalid_argument");
    EXPECT_EQ(verification_result(std::string(tail) + good), "invalid_argument");
  }
  EXPECT_EQ(verification_result(replaced(good, ".", "..")), "invalid_argument");
  EXPECT_EQ(verification_result(replaced(good, ".", "")), "invalid_argument");
  EXPECT_EQ(verification_result(replaced(good, ".", "=.")), "invalid_argument");
  EXPECT_EQ(verification_result(""), "invalid_argument");
  EXPECT_EQ(verification_result(".."), "invalid_argument");
  EXPECT_EQ(verification_result(std::string(3'000, '.')), "invalid_argument");
  EXPECT_EQ(verification_result(good + std::string(kMaxTokenLength, 'A')), "invalid_argument");
}

TEST(AccessTokenTest, RejectsAnyChangedCharacter) {
  const auto good = good_token();
  std::mt19937 random(test::seed());
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto changed = good;
    while (changed[at] == good[at]) changed[at] = static_cast<char>(random() % 256);
    EXPECT_NE(verification_result(changed), "good") << at;
    EXPECT_NE(verification_result(good.substr(0, at)), "good") << at;
  }
}

TEST(AccessTokenTest, ErrorsRevealNothing) {
  const auto unknown = verify_token(good_token(), ring_of({{"k2", kTestSecret, Time{}}}), kNow);
  const auto forged = verify_token(good_token() + "A", test_ring(), kNow);
  for (const auto& error : {unknown.error(), forged.error()}) {
    EXPECT_THAT(error.message, testing::Not(testing::HasSubstr("k1")));
    EXPECT_THAT(error.message, testing::HasSubstr("Log in again"));
  }
}

}  // namespace
}  // namespace convert::server::security
