// SPDX-License-Identifier: MIT
#include "net/http/retry_policy.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace convert::net {
namespace {

using namespace std::chrono_literals;

RetryPolicy policy_with(double fraction) {
  RetryPolicy policy;
  policy.max_attempts = 10;
  policy.base_delay = 100ms;
  policy.max_delay = 1'000ms;
  policy.max_elapsed = 60s;
  policy.random = [fraction] { return fraction; };
  return policy;
}

TEST(RetryDelay, DoublesUpToTheLimit) {
  const RetryPolicy policy = policy_with(1);
  EXPECT_EQ(retry_delay(policy, 1, 0ms, {}), 100ms);
  EXPECT_EQ(retry_delay(policy, 2, 0ms, {}), 200ms);
  EXPECT_EQ(retry_delay(policy, 4, 0ms, {}), 800ms);
  EXPECT_EQ(retry_delay(policy, 5, 0ms, {}), 1'000ms);
  EXPECT_EQ(retry_delay(policy, 9, 0ms, {}), 1'000ms);
}

TEST(RetryDelay, HasFullJitter) {
  EXPECT_EQ(retry_delay(policy_with(0), 5, 0ms, {}), 0ms);
  EXPECT_EQ(retry_delay(policy_with(0.25), 5, 0ms, {}), 250ms);
  RetryPolicy policy = policy_with(0);
  policy.random = {};
  bool varies = false;
  for (int i = 0; i < 20; ++i) {
    const auto delay = retry_delay(policy, 5, 0ms, {});
    ASSERT_TRUE(delay && *delay >= 0ms && *delay <= 1'000ms);
    varies = varies || *delay != *retry_delay(policy, 5, 0ms, {});
  }
  EXPECT_TRUE(varies);
}

TEST(RetryDelay, EndsAfterAttemptsAndTime) {
  RetryPolicy policy = policy_with(1);
  EXPECT_FALSE(retry_delay(policy, 10, 0ms, {}));
  EXPECT_TRUE(retry_delay(policy, 1, 59'800ms, {}));
  EXPECT_FALSE(retry_delay(policy, 1, 59'950ms, {}));
  policy.max_attempts = 1;
  EXPECT_FALSE(retry_delay(policy, 1, 0ms, {}));
}

TEST(RetryDelay, HonoursRetryAfter) {
  EXPECT_EQ(retry_delay(policy_with(0), 1, 0ms, 5s), 5s);
  EXPECT_EQ(retry_delay(policy_with(0.5), 1, 0ms, 5s), 5'050ms);
  EXPECT_FALSE(retry_delay(policy_with(0), 1, 0ms, 61s));
}

TEST(RetryAfter, ParsesSecondsAndDates) {
  EXPECT_EQ(retry_after({{"Retry-After", "3"}}), 3s);
  EXPECT_EQ(retry_after({{"retry-after", "99999999999999999999"}}), 24h);
  EXPECT_EQ(retry_after({{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                         {"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}}),
            30s);
  EXPECT_EQ(retry_after({{"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                         {"Retry-After", "Sun, 06 Nov 1994 08:40:07 GMT"}}),
            0s);
  EXPECT_FALSE(retry_after({}));
  EXPECT_FALSE(retry_after({{"Retry-After", "-1"}}));
  EXPECT_FALSE(retry_after({{"Retry-After", "soon"}}));
}

TEST(WaitFor, EndsAtOnceOnAStopRequest) {
  std::stop_source stop;
  std::thread stopper([&] {
    std::this_thread::sleep_for(20ms);
    stop.request_stop();
  });
  const auto start = std::chrono::steady_clock::now();
  const auto waited = wait_for(30s, stop.get_token());
  stopper.join();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().code, Errc::cancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  EXPECT_TRUE(wait_for(1ms, {}));
}

}  // namespace
}  // namespace convert::net
