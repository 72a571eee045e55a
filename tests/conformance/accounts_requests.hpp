// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/accounts_fixture.hpp"

/// Requests under an Idempotency-Key.
namespace convert::conformance {

using RequestState = KnownRequest::State;

TEST_P(AccountStoreSuite, OneRequestIsFreshUntilItIsDone) {
  const auto first = good(store().begin_request("ann", "k", kMorning, kValid, kPatience));
  EXPECT_EQ(first.state, RequestState::fresh);
  EXPECT_FALSE(first.unique_key.empty());
  open_again();
  const auto second = good(store().begin_request("ann", "k", kMorning + seconds(59), kValid, kPatience));
  EXPECT_EQ(second.state, RequestState::running);
  EXPECT_EQ(second.unique_key, first.unique_key);

  const std::string answer = "{\"name\":\"M\xc3\xbcller's \\\"song\\\"\"}";
  good(store().finish_request("ann", "k", 200, answer));
  open_again();
  const auto third = good(store().begin_request("ann", "k", kMorning + hours(1), kValid, kPatience));
  EXPECT_EQ(third.state, RequestState::done);
  EXPECT_EQ(third.status, 200U);
  EXPECT_EQ(third.answer, answer);
}

TEST_P(AccountStoreSuite, EachAccountAndEachKeyIsItsOwn) {
  const auto one = good(store().begin_request("ann", "k", kMorning, kValid, kPatience));
  const auto two = good(store().begin_request("ann", "K", kMorning, kValid, kPatience));
  const auto three = good(store().begin_request("bob", "k", kMorning, kValid, kPatience));
  EXPECT_EQ(two.state, RequestState::fresh);
  EXPECT_EQ(three.state, RequestState::fresh);
  EXPECT_NE(one.unique_key, two.unique_key);
  EXPECT_NE(one.unique_key, three.unique_key);
  good(store().finish_request("ann", "k", 200, "done"));
  EXPECT_EQ(good(store().begin_request("bob", "k", kMorning, kValid, kPatience)).state,
            RequestState::running);
}

TEST_P(AccountStoreSuite, WhoTakesTooLongIsFollowedByOneWithTheSameKey) {
  const auto first = good(store().begin_request("ann", "k", kMorning, kValid, kPatience));
  const auto late = kMorning + kPatience;
  const auto second = good(store().begin_request("ann", "k", late, kValid, kPatience));
  EXPECT_EQ(second.state, RequestState::fresh);
  EXPECT_EQ(second.unique_key, first.unique_key);
  EXPECT_EQ(good(store().begin_request("ann", "k", late, kValid, kPatience)).state, RequestState::running);
  EXPECT_EQ(good(store().begin_request("ann", "k", late + kPatience, kValid, kPatience)).state,
            RequestState::fresh);
}

TEST_P(AccountStoreSuite, WhatCameToNothingMayBeTriedAtOnce) {
  const auto first = good(store().begin_request("ann", "k", kMorning, kValid, kPatience));
  good(store().forget_request("ann", "k"));
  const auto second = good(store().begin_request("ann", "k", kMorning, kValid, kPatience));
  EXPECT_EQ(second.state, RequestState::fresh);
  EXPECT_EQ(second.unique_key, first.unique_key);
  EXPECT_EQ(good(store().begin_request("ann", "k", kMorning, kValid, kPatience)).state,
            RequestState::running);
  good(store().finish_request("ann", "k", 200, "done"));
  good(store().forget_request("ann", "k"));
  EXPECT_EQ(good(store().begin_request("ann", "k", kMorning, kValid, kPatience)).state, RequestState::done);
  good(store().forget_request("ann", "none"));
  good(store().finish_request("ann", "none", 200, "done"));
  EXPECT_EQ(good(store().begin_request("ann", "none", kMorning, kValid, kPatience)).state,
            RequestState::fresh);
}

TEST_P(AccountStoreSuite, AKeyLivesSoLong) {
  const auto first = good(store().begin_request("ann", "k", kMorning, kValid, kPatience));
  good(store().finish_request("ann", "k", 200, "done"));
  const auto end = kMorning + kValid;
  EXPECT_EQ(good(store().begin_request("ann", "k", end - milliseconds(1), kValid, kPatience)).state,
            RequestState::done);
  const auto second = good(store().begin_request("ann", "k", end, kValid, kPatience));
  EXPECT_EQ(second.state, RequestState::fresh);
  EXPECT_NE(second.unique_key, first.unique_key);
}

TEST_P(AccountStoreSuite, ASweepForgetsOldRequests) {
  const auto old = good(store().begin_request("ann", "old", kMorning, kValid, kPatience));
  good(store().finish_request("ann", "old", 200, "done"));
  good(store().begin_request("ann", "new", kMorning + milliseconds(1), kValid, kPatience));
  good(store().finish_request("ann", "new", 200, "done"));
  good(store().sweep(kMorning + kValid, kValid));
  // Asked with an earlier time, to see what is stored.
  const auto again = good(store().begin_request("ann", "old", kMorning, kValid, kPatience));
  EXPECT_EQ(again.state, RequestState::fresh);
  EXPECT_NE(again.unique_key, old.unique_key);
  EXPECT_EQ(good(store().begin_request("ann", "new", kMorning, kValid, kPatience)).state, RequestState::done);
}

}  // namespace convert::conformance
