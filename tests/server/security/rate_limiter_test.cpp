// SPDX-License-Identifier: MIT
#include "security/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "support/test_helpers.hpp"

namespace convert::server::security {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using TimePoint = RateLimiter::TimePoint;

const TimePoint kStart{std::chrono::hours(1'000)};
const RateLimit kFailures{10, minutes(15), 10};

/// How many of `events` at `now` are within the rate.
int within(RateLimiter& limiter, const std::string& key, const RateLimit& rate, TimePoint now, int events) {
  int count = 0;
  for (int n = 0; n < events; ++n) count += limiter.take(key, rate, now) ? 0 : 1;
  return count;
}

TEST(RateLimiterTest, AllowsABurstThenEvenEvents) {
  RateLimiter limiter;
  EXPECT_EQ(within(limiter, "ann", kFailures, kStart, 15), 10);
  const auto wait = limiter.take("ann", kFailures, kStart);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, seconds(90));
  EXPECT_TRUE(limiter.take("ann", kFailures, kStart + *wait - milliseconds(1)));
  EXPECT_FALSE(limiter.take("ann", kFailures, kStart + *wait));
  EXPECT_TRUE(limiter.take("ann", kFailures, kStart + *wait));
  EXPECT_EQ(within(limiter, "ann", kFailures, kStart + minutes(4), 15), 1) << "one in 90 s";
  EXPECT_EQ(within(limiter, "ann", kFailures, kStart + minutes(60), 15), 10) << "after a silence";
}

TEST(RateLimiterTest, CountsEachKey) {
  RateLimiter limiter;
  EXPECT_EQ(within(limiter, "ann", kFailures, kStart, 15), 10);
  EXPECT_EQ(within(limiter, "bob", kFailures, kStart, 15), 10);
  EXPECT_EQ(within(limiter, "", kFailures, kStart, 15), 10);
  EXPECT_TRUE(limiter.take("ann", kFailures, kStart));
}

TEST(RateLimiterTest, DefaultBurstIsTheWholeRate) {
  RateLimiter limiter;
  EXPECT_EQ(within(limiter, "a", {10, seconds(60), 0}, kStart, 30), 10);
  EXPECT_EQ(within(limiter, "b", {10, seconds(60), 1}, kStart, 30), 1);
  EXPECT_EQ(within(limiter, "c", {10, seconds(60), 25}, kStart, 30), 25);
  EXPECT_EQ(*limiter.take("b", {10, seconds(60), 1}, kStart), seconds(6));
}

TEST(RateLimiterTest, ZeroEventsMeanNoLimit) {
  RateLimiter limiter;
  EXPECT_EQ(within(limiter, "a", {}, kStart, 10'000), 10'000);
  limiter.refund("a", {}, kStart);
}

TEST(RateLimiterTest, KeepsTheAverageRate) {
  RateLimiter limiter;
  const RateLimit rate{50, seconds(1), 50};
  int count = 0;
  for (int ms = 0; ms < 10'000; ++ms) count += within(limiter, "a", rate, kStart + milliseconds(ms), 3);
  EXPECT_EQ(count, 50 + 10 * 50 - 1);
}

TEST(RateLimiterTest, RefundsAnEvent) {
  RateLimiter limiter;
  EXPECT_EQ(within(limiter, "a", kFailures, kStart, 10), 10);
  limiter.refund("a", kFailures, kStart);
  EXPECT_EQ(within(limiter, "a", kFailures, kStart, 5), 1);
  // A refund never exceeds the burst.
  for (int n = 0; n < 100; ++n) limiter.refund("a", kFailures, kStart);
  EXPECT_EQ(within(limiter, "a", kFailures, kStart, 30), 10);
}

TEST(RateLimiterTest, HandlesTheLargestNumbers) {
  RateLimiter limiter;
  const RateLimit huge{UINT32_MAX, milliseconds::max(), UINT32_MAX};
  EXPECT_EQ(within(limiter, "a", huge, kStart, 100), 100);
  const RateLimit slow{1, milliseconds::max(), UINT32_MAX};
  EXPECT_EQ(within(limiter, "b", slow, kStart, 1), 1);
  const RateLimit odd{1, milliseconds(-5), 0};
  EXPECT_EQ(within(limiter, "c", odd, kStart, 1), 1);
  EXPECT_EQ(within(limiter, "d", {UINT32_MAX, milliseconds(1), 0}, kStart, 100), 100);
}

/// A key with many events keeps its slot while other keys come and go: the slot that is idle soonest is
/// replaced.
TEST(RateLimiterTest, RemembersAKeyAmongManyOthers) {
  RateLimiter limiter;
  std::mt19937 random(test::seed());
  constexpr int kOffenders = 100;
  for (int n = 0; n < kOffenders; ++n) within(limiter, "offender" + std::to_string(n), kFailures, kStart, 11);
  const RateLimit address{1'000, seconds(1), 5'000};
  for (int n = 0; n < 300'000; ++n) {
    EXPECT_FALSE(limiter.take("stranger" + std::to_string(random()), address, kStart)) << n;
  }
  int remembered = 0;
  for (int n = 0; n < kOffenders; ++n) {
    remembered += limiter.take("offender" + std::to_string(n), kFailures, kStart) ? 1 : 0;
  }
  EXPECT_EQ(remembered, kOffenders);
}

TEST(RateLimiterTest, CountsExactlyInTwentyThreads) {
  RateLimiter limiter;
  std::atomic<int> count = 0;
  std::vector<std::thread> crew;
  for (int n = 0; n < 20; ++n) {
    crew.emplace_back([&] {
      for (int m = 0; m < 100; ++m) {
        if (!limiter.take("shared", {500, seconds(1), 500}, kStart)) ++count;
        (void)limiter.take("own" + std::to_string(m), kFailures, kStart);
      }
    });
  }
  for (auto& thread : crew) thread.join();
  EXPECT_EQ(count, 500);
}

TEST(RateLimiterTest, RoundsRetryAfterUpToSeconds) {
  EXPECT_EQ(retry_after_seconds(milliseconds(0)), seconds(1));
  EXPECT_EQ(retry_after_seconds(milliseconds(1)), seconds(1));
  EXPECT_EQ(retry_after_seconds(milliseconds(1'000)), seconds(1));
  EXPECT_EQ(retry_after_seconds(milliseconds(1'001)), seconds(2));
}

}  // namespace
}  // namespace convert::server::security
