// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <thread>

#include "conformance/accounts/account_store_fixture.hpp"
#include "conformance/support/suite_support.hpp"

/// Events that are counted against a rate, and the store's clock.
namespace convert::conformance {

using server::RateLimit;

/// Ten in 15 minutes: one each 90 s, ten at once.
inline constexpr RateLimit kFailures{10, minutes(15), 10};

inline std::string wait_text(const Result<std::optional<milliseconds>>& wait) {
  if (!wait) return wait.error().message;
  return *wait ? std::to_string((*wait)->count()) + " ms" : "none";
}

TEST_P(AccountStoreSuite, CountsEventsUpToTheRate) {
  const auto count = [&](const std::string& key, Time now) {
    return wait_text(store().count_event(key, kFailures, now));
  };
  for (int n = 0; n < 10; ++n) ASSERT_EQ(count("a", kMorning), "none") << n;
  EXPECT_EQ(count("a", kMorning), "90000 ms");
  EXPECT_EQ(count("b", kMorning), "none") << "another key";
  open_again();
  EXPECT_EQ(count("a", kMorning + milliseconds(1)), "89999 ms") << "a refused event is not counted";
  EXPECT_EQ(count("a", kMorning + seconds(90)), "none");
  EXPECT_EQ(count("a", kMorning + seconds(90)), "90000 ms");
  EXPECT_EQ(count("a", kMorning + minutes(15) + seconds(90)), "none");
}

TEST_P(AccountStoreSuite, ChecksEventsWithoutCounting) {
  const RateLimit once{1, minutes(1), 1};
  for (int n = 0; n < 3; ++n) EXPECT_EQ(wait_text(store().check_event("a", once, kMorning)), "none");
  EXPECT_EQ(wait_text(store().count_event("a", once, kMorning)), "none");
  for (int n = 0; n < 3; ++n) EXPECT_EQ(wait_text(store().check_event("a", once, kMorning)), "60000 ms");
  EXPECT_EQ(wait_text(store().check_event("a", once, kMorning + seconds(60))), "none");
}

TEST_P(AccountStoreSuite, TakesEventsBack) {
  const RateLimit twice{2, minutes(1), 2};
  expect_ok(store().uncount_event("a", twice, kMorning));  // none is counted
  for (int n = 0; n < 2; ++n) EXPECT_EQ(wait_text(store().count_event("a", twice, kMorning)), "none");
  EXPECT_EQ(wait_text(store().check_event("a", twice, kMorning)), "30000 ms");
  expect_ok(store().uncount_event("a", twice, kMorning));
  EXPECT_EQ(wait_text(store().count_event("a", twice, kMorning)), "none");
  EXPECT_EQ(wait_text(store().count_event("a", twice, kMorning)), "30000 ms");
  for (int n = 0; n < 5; ++n) expect_ok(store().uncount_event("a", twice, kMorning));
  for (int n = 0; n < 2; ++n) EXPECT_EQ(wait_text(store().count_event("a", twice, kMorning)), "none");
  EXPECT_EQ(wait_text(store().count_event("a", twice, kMorning)), "30000 ms") << "no credit is saved up";
}

TEST_P(AccountStoreSuite, ARateWithoutEventsIsUnlimited) {
  for (int n = 0; n < 20; ++n) EXPECT_EQ(wait_text(store().count_event("a", {}, kMorning)), "none");
  EXPECT_EQ(wait_text(store().check_event("a", {}, kMorning)), "none");
  expect_ok(store().uncount_event("a", {}, kMorning));
}

TEST_P(AccountStoreSuite, HandlesExtremeRates) {
  const RateLimit fast{UINT32_MAX, milliseconds(1), UINT32_MAX};
  const RateLimit slow{1, milliseconds::max(), UINT32_MAX};
  for (int n = 0; n < 3; ++n) {
    EXPECT_EQ(wait_text(store().count_event("fast", fast, kMorning)), "none");
    EXPECT_FALSE(expect_ok(store().count_event("slow", slow, kMorning)).value_or(milliseconds(0)) <
                 milliseconds(0));
  }
}

TEST_P(AccountStoreSuite, ASweepForgetsEventsThatNoLongerMatter) {
  for (int n = 0; n < 10; ++n) expect_ok(store().count_event("a", kFailures, kMorning));
  expect_ok(store().sweep(kMorning + minutes(14), kValid));
  EXPECT_EQ(wait_text(store().check_event("a", kFailures, kMorning)), "90000 ms");
  expect_ok(store().sweep(kMorning + minutes(15), kValid));
  EXPECT_EQ(wait_text(store().check_event("a", kFailures, kMorning)), "none");
}

TEST_P(AccountStoreSuite, TwentyThreadsCountExactlyTheRate) {
  const auto other = GetParam().shared ? another() : nullptr;
  std::atomic<int> counted = 0;
  const auto task = [&](int number) {
    for (int n = 0; n < 3; ++n) {
      auto& used = other && number % 2 == 0 ? *other : store();
      const auto wait = used.count_event("a", kFailures, kMorning);
      if (!wait) return false;
      if (!*wait) ++counted;
    }
    return true;
  };
  EXPECT_EQ(count_failures(20, task), 0);
  EXPECT_EQ(counted, 10);
}

TEST_P(AccountStoreSuite, ItsClockGoesForward) {
  const auto before = expect_ok(store().now());
  std::this_thread::sleep_for(milliseconds(20));
  const auto after = expect_ok(store().now());
  EXPECT_GE(after - before, milliseconds(10));
  EXPECT_LT(after - before, kDeadline);
}

}  // namespace convert::conformance
