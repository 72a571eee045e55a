// SPDX-License-Identifier: MIT
#include "security/key_ring.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "server/security/test_tokens.hpp"

namespace convert::server::security {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

Secret secret(std::string id, Time from = {}) { return {std::move(id), std::string(32, 's'), from}; }

TEST(KeyRingTest, SignsWithTheNewestValidSecret) {
  const auto ring =
      ring_of({secret("old", kNow - seconds(9)), secret("next", kNow + seconds(9)), secret("now", kNow)});
  EXPECT_EQ(ring.signing_secret(kNow).id, "now");
  EXPECT_EQ(ring.signing_secret(kNow - milliseconds(1)).id, "old");
  EXPECT_EQ(ring.signing_secret(kNow + seconds(9)).id, "next");
  EXPECT_EQ(ring.signing_secret(Time{}).id, "old") << "before all of them";
  for (const auto* id : {"old", "now", "next"}) EXPECT_EQ(ring.find(id)->id, id);
  EXPECT_EQ(ring.find("none"), nullptr);
  EXPECT_EQ(ring.find(""), nullptr);
}

TEST(KeyRingTest, RejectsInvalidSecrets) {
  const auto message = [](std::vector<Secret> secrets) {
    const auto ring = KeyRing::make(std::move(secrets));
    return ring ? std::string("good") : ring.error().message;
  };
  EXPECT_THAT(message({}), HasSubstr("At least one secret"));
  EXPECT_THAT(message({secret("a"), secret("b"), secret("a")}), HasSubstr("Two secrets have the id a"));
  EXPECT_THAT(message({{"a", std::string(31, 's'), {}}}), HasSubstr("at least 32 bytes"));
  for (const std::string id : {"", "a b", "a.b", "a\"b", "\xc3\xa4", "a\n"}) {
    EXPECT_THAT(message({secret(id)}), HasSubstr("id of a secret")) << id;
  }
  EXPECT_THAT(message({secret(std::string(33, 'a'))}), HasSubstr("id of a secret"));
  EXPECT_EQ(message({secret(std::string(32, 'a')), secret("A-z_0")}), "good");
}

TEST(SecretProviderTest, GeneratesASecretByDefault) {
  const auto one = SecretProvider::make({}, {}, kNow).value();
  const auto other = SecretProvider::make({}, {}, kNow).value();
  const auto& first = one->ring()->signing_secret(kNow);
  EXPECT_EQ(first.bytes.size(), 32U);
  EXPECT_NE(first.bytes, other->ring()->signing_secret(kNow).bytes);
  EXPECT_NE(first.id, other->ring()->signing_secret(kNow).id);
  EXPECT_FALSE(one->refresh({}));
  EXPECT_FALSE(SecretProvider::make({secret("a b")}, {}, kNow));
}

TEST(SecretProviderTest, ReloadsAtMostOnceInFiveSeconds) {
  std::vector<Secret> file{secret("a")};
  int reloads = 0;
  const auto reload = [&] {
    ++reloads;
    return file;
  };
  const auto secrets = SecretProvider::make({secret("a")}, reload, kNow).value();
  const SecretProvider::TimePoint start{};
  const auto before = secrets->generation();
  EXPECT_FALSE(secrets->refresh(start));
  EXPECT_EQ(reloads, 1);
  file.push_back(secret("b"));
  EXPECT_FALSE(secrets->refresh(start + seconds(5) - milliseconds(1)));
  EXPECT_EQ(reloads, 1);
  EXPECT_EQ(secrets->ring()->find("b"), nullptr);
  EXPECT_EQ(secrets->generation(), before);
  EXPECT_TRUE(secrets->refresh(start + seconds(5)));
  EXPECT_NE(secrets->ring()->find("b"), nullptr);
  EXPECT_EQ(secrets->generation(), before + 1);
  EXPECT_FALSE(secrets->refresh(start + seconds(10)));
  EXPECT_EQ(reloads, 3);
  EXPECT_EQ(secrets->generation(), before + 1) << "the same secrets are no other ring";
}

TEST(SecretProviderTest, KeepsTheRingWhenReloadFails) {
  std::vector<Secret> file;
  bool broken = false;
  const auto reload = [&] {
    if (broken) throw std::runtime_error("the disk has gone");
    return file;
  };
  const auto secrets = SecretProvider::make({secret("a")}, reload, kNow).value();
  const auto ring = secrets->ring();
  SecretProvider::TimePoint now{};
  EXPECT_FALSE(secrets->refresh(now += seconds(5)));
  broken = true;
  EXPECT_FALSE(secrets->refresh(now += seconds(5)));
  broken = false;
  file = {secret("a b")};
  EXPECT_FALSE(secrets->refresh(now += seconds(5)));
  EXPECT_EQ(secrets->ring(), ring);
  file = {secret("b")};
  EXPECT_TRUE(secrets->refresh(now += seconds(5)));
  EXPECT_EQ(secrets->ring()->find("a"), nullptr);
  EXPECT_NE(ring->find("a"), nullptr) << "who still has the old ring may use it";
}

TEST(SecretProviderTest, IsThreadSafe) {
  std::atomic<int> number = 0;
  const auto reload = [&] { return std::vector<Secret>{secret("n" + std::to_string(++number))}; };
  const auto secrets = SecretProvider::make({secret("n0")}, reload, kNow).value();
  std::atomic<std::int64_t> ticks = 0;
  std::atomic<int> changes = 0;
  std::vector<std::thread> crew;
  for (int n = 0; n < 8; ++n) {
    crew.emplace_back([&] {
      for (int m = 0; m < 200; ++m) {
        if (secrets->refresh(SecretProvider::TimePoint(seconds(ticks += 5)))) ++changes;
        EXPECT_EQ(secrets->ring()->signing_secret(kNow).id.front(), 'n');
      }
    });
  }
  for (auto& thread : crew) thread.join();
  EXPECT_GT(changes, 0);
  EXPECT_EQ(secrets->generation(), 1U + static_cast<std::uint64_t>(changes));
}

}  // namespace
}  // namespace convert::server::security
