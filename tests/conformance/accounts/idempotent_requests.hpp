// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/accounts/account_store_fixture.hpp"

/// Requests with an Idempotency-Key.
namespace convert::conformance {

using RequestState = IdempotencyRecord::State;

TEST_P(AccountStoreSuite, ARequestIsFreshOnceUntilItIsDone) {
  const auto first = expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout));
  EXPECT_EQ(first.state, RequestState::acquired);
  EXPECT_FALSE(first.unique_key.empty());
  open_again();
  const auto second =
      expect_ok(store().begin_request("ann", "k", kMorning + seconds(59), kValid, kRequestTimeout));
  EXPECT_EQ(second.state, RequestState::running);
  EXPECT_EQ(second.unique_key, first.unique_key);

  const std::string answer = "{\"name\":\"M\xc3\xbcller's \\\"song\\\"\"}";
  expect_ok(store().complete_request("ann", "k", 200, answer));
  open_again();
  const auto third =
      expect_ok(store().begin_request("ann", "k", kMorning + hours(1), kValid, kRequestTimeout));
  EXPECT_EQ(third.state, RequestState::done);
  EXPECT_EQ(third.status, 200U);
  EXPECT_EQ(third.answer, answer);
}

TEST_P(AccountStoreSuite, AccountsAndKeysAreSeparate) {
  const auto one = expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout));
  const auto two = expect_ok(store().begin_request("ann", "K", kMorning, kValid, kRequestTimeout));
  const auto three = expect_ok(store().begin_request("bob", "k", kMorning, kValid, kRequestTimeout));
  EXPECT_EQ(two.state, RequestState::acquired);
  EXPECT_EQ(three.state, RequestState::acquired);
  EXPECT_NE(one.unique_key, two.unique_key);
  EXPECT_NE(one.unique_key, three.unique_key);
  expect_ok(store().complete_request("ann", "k", 200, "done"));
  EXPECT_EQ(expect_ok(store().begin_request("bob", "k", kMorning, kValid, kRequestTimeout)).state,
            RequestState::running);
}

TEST_P(AccountStoreSuite, ARequestThatTimesOutIsRepeatedWithTheSameUniqueKey) {
  const auto first = expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout));
  const auto late = kMorning + kRequestTimeout;
  const auto second = expect_ok(store().begin_request("ann", "k", late, kValid, kRequestTimeout));
  EXPECT_EQ(second.state, RequestState::acquired);
  EXPECT_EQ(second.unique_key, first.unique_key);
  EXPECT_EQ(expect_ok(store().begin_request("ann", "k", late, kValid, kRequestTimeout)).state,
            RequestState::running);
  EXPECT_EQ(
      expect_ok(store().begin_request("ann", "k", late + kRequestTimeout, kValid, kRequestTimeout)).state,
      RequestState::acquired);
}

TEST_P(AccountStoreSuite, ARenewedRequestDoesNotTimeOut) {
  using server::IdempotentRequestName;
  const auto state = [&](const std::string& key, Time now) {
    return expect_ok(store().begin_request("ann", key, now, kValid, kRequestTimeout)).state;
  };
  for (const auto* key : {"a", "b", "c", "d"}) EXPECT_EQ(state(key, kMorning), RequestState::acquired);
  expect_ok(store().abandon_request("ann", "c"));
  expect_ok(store().complete_request("ann", "d", 200, "done"));
  const std::vector<IdempotentRequestName> names{{"ann", "a"}, {"ann", "c"}, {"ann", "d"}, {"ann", "none"}};
  const auto later = kMorning + kRequestTimeout - milliseconds(1);
  expect_ok(store().renew_requests(names, later));
  expect_ok(store().renew_requests({}, later));
  EXPECT_EQ(state("a", kMorning + kRequestTimeout), RequestState::running);
  EXPECT_EQ(state("b", kMorning + kRequestTimeout), RequestState::acquired) << "not renewed";
  EXPECT_EQ(state("c", later), RequestState::acquired) << "abandoned";
  EXPECT_EQ(state("d", later), RequestState::done);
  EXPECT_EQ(state("a", later + kRequestTimeout), RequestState::acquired);
  EXPECT_EQ(state("none", later), RequestState::acquired);
}

TEST_P(AccountStoreSuite, AForgottenRequestCanBeRepeatedAtOnce) {
  const auto first = expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout));
  expect_ok(store().abandon_request("ann", "k"));
  const auto second = expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout));
  EXPECT_EQ(second.state, RequestState::acquired);
  EXPECT_EQ(second.unique_key, first.unique_key);
  EXPECT_EQ(expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout)).state,
            RequestState::running);
  expect_ok(store().complete_request("ann", "k", 200, "done"));
  expect_ok(store().abandon_request("ann", "k"));
  EXPECT_EQ(expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout)).state,
            RequestState::done);
  expect_ok(store().abandon_request("ann", "none"));
  expect_ok(store().complete_request("ann", "none", 200, "done"));
  EXPECT_EQ(expect_ok(store().begin_request("ann", "none", kMorning, kValid, kRequestTimeout)).state,
            RequestState::acquired);
}

TEST_P(AccountStoreSuite, AKeyExpires) {
  const auto first = expect_ok(store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout));
  expect_ok(store().complete_request("ann", "k", 200, "done"));
  const auto end = kMorning + kValid;
  EXPECT_EQ(
      expect_ok(store().begin_request("ann", "k", end - milliseconds(1), kValid, kRequestTimeout)).state,
      RequestState::done);
  const auto second = expect_ok(store().begin_request("ann", "k", end, kValid, kRequestTimeout));
  EXPECT_EQ(second.state, RequestState::acquired);
  EXPECT_NE(second.unique_key, first.unique_key);
}

TEST_P(AccountStoreSuite, ASweepForgetsOldRequests) {
  const auto old = expect_ok(store().begin_request("ann", "old", kMorning, kValid, kRequestTimeout));
  expect_ok(store().complete_request("ann", "old", 200, "done"));
  expect_ok(store().begin_request("ann", "new", kMorning + milliseconds(1), kValid, kRequestTimeout));
  expect_ok(store().complete_request("ann", "new", 200, "done"));
  expect_ok(store().sweep(kMorning + kValid, kValid));
  // With an earlier time, to see what is still stored.
  const auto again = expect_ok(store().begin_request("ann", "old", kMorning, kValid, kRequestTimeout));
  EXPECT_EQ(again.state, RequestState::acquired);
  EXPECT_NE(again.unique_key, old.unique_key);
  EXPECT_EQ(expect_ok(store().begin_request("ann", "new", kMorning, kValid, kRequestTimeout)).state,
            RequestState::done);
}

}  // namespace convert::conformance
