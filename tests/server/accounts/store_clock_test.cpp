// SPDX-License-Identifier: MIT
#include "accounts/store_clock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace convert::server::accounts {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

Time host_time() { return std::chrono::floor<milliseconds>(std::chrono::system_clock::now()); }

/// A clock that is off by a number of hours.
class StoreClockTest : public testing::Test {
 protected:
  void expect_off_by(hours expected) {
    const auto off = clock_.now() - host_time() - expected;
    EXPECT_LT(std::chrono::abs(off), seconds(30)) << off.count() << " ms";
  }

  std::atomic<int> hours_off_{0};
  std::atomic<bool> slow_{false};
  std::shared_ptr<AccountStore> store_ = memory_account_store([this] {
    if (slow_) std::this_thread::sleep_for(milliseconds(1'100));
    return host_time() + hours(hours_off_);
  });
  StoreClock clock_{store_};
};

TEST_F(StoreClockTest, IsTheHostsUntilItIsMeasured) {
  hours_off_ = 1;
  expect_off_by(hours(0));
}

TEST_F(StoreClockTest, FollowsTheStore) {
  for (const int off : {1, -1, 24}) {
    hours_off_ = off;
    ASSERT_TRUE(clock_.measure());
    expect_off_by(hours(off));
  }
}

TEST_F(StoreClockTest, GoesOnBetweenMeasurements) {
  ASSERT_TRUE(clock_.measure());
  const auto before = clock_.now();
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_GE(clock_.now() - before, milliseconds(29));
}

/// A measurement is as inexact as it takes long.
TEST_F(StoreClockTest, DropsASlowMeasurement) {
  ASSERT_TRUE(clock_.measure());
  hours_off_ = 1;
  slow_ = true;
  ASSERT_TRUE(clock_.measure());
  expect_off_by(hours(0));
}

}  // namespace
}  // namespace convert::server::accounts
