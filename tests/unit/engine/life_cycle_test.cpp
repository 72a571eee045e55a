// SPDX-License-Identifier: MIT
// How long to wait between attempts.
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_jobs.hpp"

namespace convert::test {
namespace {

std::vector<std::int64_t> waits(const RetryPolicy& policy, int failures, double random = 0.5) {
  std::vector<std::int64_t> found;
  for (int n = 1; n <= failures; ++n) found.push_back(backoff(policy, n, random).count());
  return found;
}

TEST(Backoff, GrowsUpToTheMost) {
  EXPECT_THAT(waits({}, 8), testing::ElementsAre(250, 1000, 4000, 16'000, 64'000, 256'000, 300'000, 300'000));
  EXPECT_THAT(waits({milliseconds(100), 2, milliseconds(500), 0}, 5),
              testing::ElementsAre(100, 200, 400, 500, 500));
}

TEST(Backoff, IsSpread) {
  EXPECT_EQ(backoff({}, 2, 0).count(), 800);
  EXPECT_EQ(backoff({}, 2, 1).count(), 1200);
  RetryPolicy wide;
  wide.jitter = 1;
  EXPECT_EQ(backoff(wide, 2, 0).count(), 0);
  EXPECT_EQ(backoff(wide, 2, 1).count(), 2000);
}

TEST(Backoff, StandsAnyNumber) {
  EXPECT_EQ(backoff({}, 0, 0.5).count(), 250);
  EXPECT_EQ(backoff({}, -7, 0.5).count(), 250);
  EXPECT_EQ(backoff({}, std::numeric_limits<int>::max(), 0.5).count(), 300'000);
  EXPECT_EQ(backoff({}, 1, 7).count(), 300);
  EXPECT_EQ(backoff({milliseconds(0), 4, milliseconds(1000), 0.2}, 5, 0.5).count(), 0);
  EXPECT_EQ(
      backoff({milliseconds(0), 4, milliseconds(1000), 0.2}, std::numeric_limits<int>::max(), 0.5).count(),
      0);
  EXPECT_EQ(backoff({milliseconds(100), 0.5, milliseconds(1000), 0}, 3, 0.5).count(), 100) << "never shorter";
  EXPECT_GT(backoff({milliseconds::max(), 4, milliseconds::max(), 1}, 9, 1).count(), 0);
}

}  // namespace
}  // namespace convert::test
