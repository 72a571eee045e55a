// SPDX-License-Identifier: MIT
// Tokens are compatible with PyJWT and with Node's crypto.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "server/security/test_tokens.hpp"
#include "support/shell_command.hpp"

namespace convert::server::security {
namespace {

// Created with PyJWT 2.6.0 and Node 20 from the claims of kPayload and kTestSecret.
constexpr std::string_view kByPyJwt =
    "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiSldUIn0."
    "eyJpc3MiOiJjb252ZXJ0ZCIsInN1YiI6ImFiY2RlZmdoaWprbG1ub3AiLCJpYXQiOjE4MDAwMDAwMDAsImV4cCI6MTgwMDA4NjQwMCwi"
    "dmVyIjozf"
    "Q._Ub7lC6NU05VQ7gs-940ivqA0yd2QYHbKj5bMWXL2Pc";
constexpr std::string_view kByNode =
    "eyJraWQiOiJrMSIsInR5cCI6IkpXVCIsImFsZyI6IkhTMjU2In0."
    "eyJ2ZXIiOjMsImV4cCI6MTgwMDA4NjQwMCwiaWF0IjoxODAwMDAwMDAwLCJzdWIiOiJhYmNkZWZnaGlqa2xtbm9wIiwiaXNzIjoiY29u"
    "dmVydGQif"
    "Q.BCoaweEUm8AQJ_LFLfkpKXqnFt9vksDTl7B1L-Wfj6Y";

TEST(TokenInteropTest, ReadsTokensOfOtherLibraries) {
  for (const auto token : {kByPyJwt, kByNode}) {
    const auto claims = verify_token(token, test_ring(), kNow);
    ASSERT_TRUE(claims) << claims.error().message;
    EXPECT_EQ(claims->account, "abcdefghijklmnop");
    EXPECT_EQ(claims->epoch, 3U);
    EXPECT_EQ(claims->issued, kNow);
    EXPECT_EQ(claims->expires, kNow + std::chrono::hours(24));
  }
}

bool has_pyjwt() {
  return test::has_program("/usr/bin/python3") && test::run("/usr/bin/python3 -c 'import jwt'").status == 0;
}

constexpr std::string_view kPython = R"(/usr/bin/python3 -c '
import jwt, sys
key = sys.argv[1]
print(jwt.encode({{"iss": "convertd", "sub": "zzzz", "iat": 1800000000, "exp": 1800000060, "ver": 0}}, key,
                 algorithm="{}", headers={{"kid": "k1"}}))' {})";

std::string line_of(const test::CommandResult& ran) { return ran.output.substr(0, ran.output.find('\n')); }

TEST(TokenInteropTest, ReadsTokensOfInstalledPyJwt) {
  if (!has_pyjwt()) GTEST_SKIP() << "PyJWT is not installed";
  const auto made = test::run(fmt::format(kPython, "HS256", kTestSecret));
  ASSERT_EQ(made.status, 0) << made.output;
  EXPECT_EQ(verify_token(line_of(made), test_ring(), kNow).value().account, "zzzz");
  for (const char* algorithm : {"HS384", "HS512", "none"}) {
    const auto other = test::run(fmt::format(kPython, algorithm, kTestSecret));
    EXPECT_NE(verification_result(line_of(other)), "good") << algorithm << ": " << other.output;
  }
  EXPECT_EQ(verification_result(line_of(test::run(fmt::format(kPython, "HS256", "another-secret")))),
            "invalid_argument");
}

TEST(TokenInteropTest, PyJwtReadsOurTokens) {
  if (!has_pyjwt()) GTEST_SKIP() << "PyJWT is not installed";
  const auto token = make_token({"abcdefghijklmnop", 7, kNow, kNow + std::chrono::hours(1)}, test_ring());
  const auto read = test::run(
      fmt::format("/usr/bin/python3 -c 'import jwt, sys; "
                  "print(jwt.decode(sys.argv[1], sys.argv[2], algorithms=[\"HS256\"], issuer=\"convertd\", "
                  "options={{\"verify_exp\": False, \"verify_iat\": False, \"require\": [\"exp\", \"iat\", "
                  "\"iss\", \"sub\"]}})"
                  "[\"ver\"])' {} {}",
                  token, kTestSecret));
  EXPECT_EQ(line_of(read), "7") << read.output;
}

constexpr std::string_view kNode = R"(node -e '
const { createHmac } = require("node:crypto");
const [token, secret] = process.argv.slice(1);
const [header, payload, mac] = token.split(".");
const expected = createHmac("sha256", secret).update(header + "." + payload).digest("base64url");
const part = (text) => JSON.parse(Buffer.from(text, "base64url"));
console.log(mac === expected, part(header).alg, part(header).kid, part(payload).sub, part(payload).exp);
' )";

TEST(TokenInteropTest, NodeReadsOurTokens) {
  SKIP_WITHOUT_PROGRAMS("node");
  const auto token = make_token({"abcdefghijklmnop", 7, kNow, kNow + std::chrono::hours(1)}, test_ring());
  const auto read = test::run(std::string(kNode) + token + " " + kTestSecret);
  EXPECT_EQ(line_of(read), "true HS256 k1 abcdefghijklmnop 1800003600") << read.output;
}

}  // namespace
}  // namespace convert::server::security
