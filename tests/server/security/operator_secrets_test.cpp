// SPDX-License-Identifier: MIT
#include "security/operator_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <utility>

#include "security/access_token.hpp"
#include "server/security/test_tokens.hpp"
#include "support/test_files.hpp"

namespace convert::server::security {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

const std::string kFirst = "the first secret, long enough for 32";
const std::string kSecond = "the second secret, long enough for 32";

/// The code of a failed call.
template <class T>
Errc code_of(const Result<T>& result) {
  if (result) ADD_FAILURE() << "succeeded";
  return result ? Errc::internal : result.error().code;
}

KeyRing ring_of_text(const std::string& text) {
  return ring_of(parse_operator_secrets(text, "the test").value());
}

std::string token_signed_by(const KeyRing& ring) {
  return make_token({"abcdefghijklmnop", 3, kNow, kNow + std::chrono::hours(24)}, ring);
}

class OperatorSecretsFile : public testing::Test {
 protected:
  void write(const std::string& text, fs::perms permissions = fs::perms(0600)) {
    std::ofstream(file_, std::ios::binary) << text;
    fs::permissions(file_, permissions);
  }
  std::string text() const {
    std::ifstream stream(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  test::TemporaryFolder folder_;
  const fs::path file_ = folder_ / "secrets";
};

TEST_F(OperatorSecretsFile, SignsWithItsFirstLine) {
  write("# mine\n" + kFirst + "\r\n\n" + kSecond, fs::perms(0440));
  const auto given = read_operator_secrets(file_).value();
  ASSERT_EQ(given.size(), 2U);
  const auto ring = ring_of(given);
  EXPECT_EQ(ring.signing_secret(kNow).bytes, kFirst);
  EXPECT_EQ(read_operator_secrets(file_).value()[1].id, given[1].id) << "the same in every process";
  write(kSecond + "\n" + kFirst);
  const auto turned = ring_of(read_operator_secrets(file_).value());
  EXPECT_EQ(turned.signing_secret(kNow).bytes, kSecond);
  EXPECT_EQ(turned.find(given[0].id)->bytes, kFirst) << "an id goes with its secret, not with its line";
}

TEST_F(OperatorSecretsFile, RejectsInvalidFiles) {
  EXPECT_EQ(code_of(read_operator_secrets(file_)), Errc::not_found);
  write("too short\n");
  EXPECT_EQ(code_of(read_operator_secrets(file_)), Errc::invalid_argument);
  write("\n# nothing\n");
  EXPECT_EQ(code_of(read_operator_secrets(file_)), Errc::invalid_argument);
  write(kFirst + "\n" + kFirst + "\n");
  EXPECT_EQ(code_of(read_operator_secrets(file_)), Errc::invalid_argument) << "twice the same";
  write(kFirst, fs::perms(0604));
  EXPECT_EQ(code_of(read_operator_secrets(file_)), Errc::forbidden);
}

TEST_F(OperatorSecretsFile, IsChangedInPlace) {
  write("# mine\n" + kFirst + "\n", fs::perms(0640));
  ASSERT_TRUE(change_operator_secrets(file_, stage_secret));
  EXPECT_EQ(read_operator_secrets(file_).value().size(), 2U);
  EXPECT_THAT(text(), testing::StartsWith("# mine\n" + kFirst + "\n"));
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms(0640)) << "as before";
  const auto staged = text();
  EXPECT_EQ(code_of(change_operator_secrets(file_, stage_secret)), Errc::conflict);
  EXPECT_EQ(text(), staged) << "a refused step changes nothing";
  EXPECT_EQ(code_of(change_operator_secrets(folder_ / "none", stage_secret)), Errc::not_found);
}

TEST(OperatorSecrets, AVariableSeparatesThemByCommasAndSpaces) {
  const std::string one(40, 'a');
  const std::string two(40, 'b');
  for (const auto* between : {",", " ", "\n", ", ", "\t"}) {
    const auto secrets = parse_secrets_variable(one + between + two, "SECRETS").value();
    ASSERT_EQ(secrets.size(), 2U) << between;
    EXPECT_EQ(ring_of(secrets).signing_secret(kNow).bytes, one);
  }
  const auto refused = parse_secrets_variable("short", "SECRETS");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("SECRETS"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("short,")));
}

TEST(OperatorSecrets, StepsHaveAnOrder) {
  const std::string first = kFirst + "\n";
  EXPECT_EQ(code_of(activate_secret(first, "a")), Errc::conflict) << "nothing is staged";
  EXPECT_EQ(code_of(retire_secrets(first, "a")), Errc::conflict) << "nothing is old";
  const auto staged = stage_secret(first, "a").value();
  EXPECT_EQ(code_of(stage_secret(staged, "a")), Errc::conflict);
  EXPECT_EQ(code_of(retire_secrets(staged, "a")), Errc::conflict);
  const auto active = activate_secret(staged, "a").value();
  EXPECT_EQ(code_of(activate_secret(active, "a")), Errc::conflict);
  const auto next = stage_secret(active, "a");
  ASSERT_TRUE(next) << "a second rotation may begin before the first one's secret is retired";
  EXPECT_EQ(parse_operator_secrets(*next, "a").value().size(), 3U);
  EXPECT_THAT(retire_secrets(active, "a").value(), Not(HasSubstr(kFirst)));
  EXPECT_EQ(code_of(stage_secret("short", "a")), Errc::invalid_argument);
}

TEST(OperatorSecrets, ActivationKeepsCommentsAndOldSecrets) {
  const auto staged = stage_secret("# ours\n" + kFirst + "\n" + kSecond, "a").value();
  const auto active = activate_secret(staged, "a").value();
  EXPECT_THAT(active, testing::StartsWith("# ours\n"));
  EXPECT_THAT(active, HasSubstr(kFirst + "\n" + kSecond));
  EXPECT_THAT(active, Not(HasSubstr("staged")));
  const KeyRing ring = ring_of_text(active);
  const auto& signing = ring.signing_secret(kNow);
  EXPECT_THAT(staged, HasSubstr(signing.bytes)) << "the staged one";
  EXPECT_NE(signing.bytes, kFirst);
}

/// Hosts that are given the next text one after another. At every moment, each accepts the tokens that any
/// of them signs.
TEST(OperatorSecrets, EveryHostAcceptsEveryTokenWhileHostsRestartOneByOne) {
  constexpr std::size_t kHosts = 3;
  std::string text = kFirst + "\n";
  std::vector<KeyRing> hosts(kHosts, ring_of_text(text));
  const auto expect_agreement = [&](const char* step) {
    for (const KeyRing& signer : hosts) {
      const auto token = token_signed_by(signer);
      for (const KeyRing& verifier : hosts) EXPECT_EQ(verification_result(token, verifier), "good") << step;
    }
  };
  const auto roll_out = [&](Result<std::string> next, const char* step) {
    ASSERT_TRUE(next) << next.error().message;
    text = std::move(*next);
    for (KeyRing& host : hosts) {
      host = ring_of_text(text);
      expect_agreement(step);
    }
  };
  const auto before = token_signed_by(hosts.front());
  roll_out(stage_secret(text, "a"), "stage");
  EXPECT_EQ(hosts.front().signing_secret(kNow).bytes, kFirst) << "accepted, but does not sign";
  roll_out(activate_secret(text, "a"), "activate");
  EXPECT_NE(hosts.front().signing_secret(kNow).bytes, kFirst);
  EXPECT_EQ(verification_result(before, hosts.front()), "good") << "until the old secret is retired";
  roll_out(retire_secrets(text, "a"), "retire");
  EXPECT_EQ(verification_result(before, hosts.front()), "not_found");
}

/// Why there are two steps: with one, a host that has not restarted yet refuses the tokens of those that
/// have.
TEST(OperatorSecrets, ASecretThatSignsAtOnceIsRefusedByOtherHosts) {
  const auto old = ring_of_text(kFirst + "\n");
  const auto renewed = ring_of_text(kSecond + "\n" + kFirst + "\n");
  EXPECT_EQ(verification_result(token_signed_by(renewed), old), "not_found");
}

}  // namespace
}  // namespace convert::server::security
