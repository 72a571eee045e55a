// SPDX-License-Identifier: MIT
#include "net/aws/renewing_credentials.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/test_helpers.hpp"

namespace convert::net {
namespace {

using namespace std::chrono_literals;
using Clock = RenewingCredentials::Clock;

/// A source of numbered credentials that are valid for an hour, and a clock that the test sets.
class RenewingTest : public testing::Test {
 protected:
  RenewingCredentials made() {
    return RenewingCredentials([this](const std::stop_token& stop) { return fetch(stop); },
                               [this] { return now(); });
  }

  Result<AwsCredentials> fetch(const std::stop_token& stop) {
    const int number = ++fetches_;
    if (block_) {
      std::mutex mutex;
      std::unique_lock lock(mutex);
      std::condition_variable_any never;
      while (block_ && !stop.stop_requested()) never.wait_for(lock, stop, 5ms, [] { return false; });
      if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    }
    if (fails_) return Error{Errc::unavailable, "no answer", true};
    AwsCredentials credentials{std::to_string(number), "secret", "", {}};
    const std::chrono::seconds lifetime = lifetime_;
    if (lifetime > 0s) credentials.expires = now() + lifetime;
    return credentials;
  }

  Clock::time_point now() const { return Clock::time_point(passed_.load()); }
  void advance(Clock::duration time) { passed_ = passed_.load() + time; }

  std::atomic<Clock::duration> passed_{Clock::duration(1h)};
  std::atomic<std::chrono::seconds> lifetime_{std::chrono::seconds(1h)};
  std::atomic<bool> fails_ = false;
  std::atomic<bool> block_ = false;
  std::atomic<int> fetches_ = 0;
};

std::string id_of(RenewingCredentials& source) { return test::must(source.credentials({})).access_key_id; }

TEST_F(RenewingTest, RenewsAQuarterOfAnHourBeforeExpiry) {
  auto source = made();
  EXPECT_EQ(id_of(source), "1");
  advance(44min);
  EXPECT_EQ(id_of(source), "1");
  advance(2min);
  EXPECT_EQ(id_of(source), "2");
  EXPECT_EQ(fetches_, 2);
}

TEST_F(RenewingTest, RenewsShortLivedOnesInTime) {
  lifetime_ = 8min;
  auto source = made();
  EXPECT_EQ(id_of(source), "1");
  advance(5min);
  EXPECT_EQ(id_of(source), "1");
  advance(70s);
  EXPECT_EQ(id_of(source), "2");
}

TEST_F(RenewingTest, KeepsThoseThatDoNotExpire) {
  lifetime_ = 0s;
  auto source = made();
  EXPECT_EQ(id_of(source), "1");
  advance(10'000h);
  EXPECT_EQ(id_of(source), "1");
}

TEST_F(RenewingTest, UsesValidOnesWhileRenewalFails) {
  auto source = made();
  EXPECT_EQ(id_of(source), "1");
  fails_ = true;
  advance(50min);
  EXPECT_EQ(id_of(source), "1");
  EXPECT_EQ(id_of(source), "1");
  EXPECT_EQ(fetches_, 2);  // the next attempt is 30 s later
  advance(31s);
  EXPECT_EQ(id_of(source), "1");
  EXPECT_EQ(fetches_, 3);
  advance(10min);
  const auto expired = source.credentials({});
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().code, Errc::unavailable);
  EXPECT_TRUE(expired.error().retryable);
  fails_ = false;
  EXPECT_EQ(id_of(source), "5");
}

TEST_F(RenewingTest, FetchesAgainOnceAServerRefusesThem) {
  auto source = made();
  const auto first = test::must(source.credentials({}));
  source.refuse(first);
  EXPECT_EQ(id_of(source), "2");
  source.refuse(first);  // no longer the current ones
  EXPECT_EQ(id_of(source), "2");
}

TEST_F(RenewingTest, OneCallerFetchesForAll) {
  auto source = made();
  block_ = true;
  std::vector<std::future<std::string>> callers;
  for (int i = 0; i < 8; ++i)
    callers.push_back(std::async(std::launch::async, [&] { return id_of(source); }));
  EXPECT_TRUE(test::eventually(10s, [&] { return fetches_ == 1; }));
  block_ = false;
  for (auto& caller : callers) EXPECT_EQ(caller.get(), "1");
  EXPECT_EQ(fetches_, 1);
}

TEST_F(RenewingTest, OthersUseTheOldOnesDuringARenewal) {
  auto source = made();
  EXPECT_EQ(id_of(source), "1");
  advance(50min);
  block_ = true;
  auto renewing = std::async(std::launch::async, [&] { return id_of(source); });
  EXPECT_TRUE(test::eventually(10s, [&] { return fetches_ == 2; }));
  EXPECT_EQ(id_of(source), "1");
  block_ = false;
  EXPECT_EQ(renewing.get(), "2");
}

TEST_F(RenewingTest, AStopRequestEndsTheWaitOfItsCallerOnly) {
  auto source = made();
  block_ = true;
  std::stop_source first_stop;
  std::stop_source second_stop;
  auto first = std::async(std::launch::async, [&] { return source.credentials(first_stop.get_token()); });
  EXPECT_TRUE(test::eventually(10s, [&] { return fetches_ == 1; }));
  auto second = std::async(std::launch::async, [&] { return source.credentials(second_stop.get_token()); });
  auto third = std::async(std::launch::async, [&] { return source.credentials({}); });
  second_stop.request_stop();
  EXPECT_EQ(second.get().error().code, Errc::cancelled);
  first_stop.request_stop();
  EXPECT_EQ(first.get().error().code, Errc::cancelled);
  block_ = false;
  EXPECT_TRUE(third.get());  // fetches itself
}

}  // namespace
}  // namespace convert::net
