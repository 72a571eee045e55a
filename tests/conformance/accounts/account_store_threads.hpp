// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "conformance/accounts/account_store_fixture.hpp"
#include "conformance/support/suite_support.hpp"

/// Many threads that use one store.
namespace convert::conformance {

inline constexpr int kThreadCount = 20;

/// Whether the call failed with this code. Any other error fails the test.
template <class T>
bool refused(const Result<T>& result, Errc code) {
  if (!result && result.error().code != code) ADD_FAILURE() << result.error().message;
  return !result;
}

/// Exactly `limit` reservations succeed, and each returns a different sum.
TEST_P(AccountStoreSuite, TwentyThreadsReserveExactlyTheLimit) {
  const int limit = amount(100, 1'000);
  const int tries = 2 * limit / kThreadCount;
  std::mutex mutex;
  std::set<std::uint64_t> reported;
  std::atomic<int> refusals = 0;
  const auto task = [&](int) {
    for (int n = 0; n < tries; ++n) {
      const auto reservation =
          store().reserve({"ann", 7, 1, static_cast<std::uint32_t>(limit)}, kMorning, kLease);
      if (refused(reservation, Errc::limit_exceeded)) {
        ++refusals;
        continue;
      }
      EXPECT_EQ(reservation->total_bytes, std::uint64_t{7} * reservation->total_tasks);
      EXPECT_EQ(reservation->tasks_today, reservation->total_tasks);
      const std::scoped_lock lock(mutex);
      reported.insert(reservation->total_tasks);
    }
    return true;
  };
  EXPECT_EQ(count_failures(kThreadCount, task), 0);
  EXPECT_EQ(refusals, limit);
  EXPECT_EQ(reported.size(), static_cast<std::size_t>(limit));
  EXPECT_EQ(*reported.rbegin(), static_cast<std::uint64_t>(limit));
}

/// At the end only the day's count is left of the reservations.
TEST_P(AccountStoreSuite, TwentyThreadsReleaseTheirReservations) {
  const int rounds = amount(10, 100);
  std::atomic<int> settled = 0;
  const auto task = [&](int number) {
    for (int n = 0; n < rounds; ++n) {
      const auto reservation = store().reserve({"ann", 3, 1, {}}, kMorning, kLease);
      if (!reservation || !store().grow(reservation->id, 4, kMorning)) return false;
      const bool keep = (number + n) % 3 == 0;
      if (keep) ++settled;
      if (!(keep ? store().settle(reservation->id) : store().release(reservation->id))) return false;
    }
    return true;
  };
  EXPECT_EQ(count_failures(kThreadCount, task), 0);
  const auto rest = expect_ok(store().reserve({"ann", 0, 0, {}}, kMorning, kLease));
  EXPECT_EQ(rest.total_bytes, 0U);
  EXPECT_EQ(rest.total_tasks, 0U);
  EXPECT_EQ(rest.tasks_today, static_cast<std::uint32_t>(settled));
}

TEST_P(AccountStoreSuite, OneOfTwentyThreadsGetsAName) {
  const auto task = [&](int number) {
    auto requested = person(number % 2 == 0 ? "ann" : "ANN");
    requested.email = "ann" + std::to_string(number) + "@example.org";
    return !refused(store().create(requested), Errc::conflict);
  };
  EXPECT_EQ(count_failures(kThreadCount, task), kThreadCount - 1);
  EXPECT_EQ(expect_ok(store().list("", 100)).size(), 1U);
}

TEST_P(AccountStoreSuite, OneOfTwentyThreadsGetsAFreshRequest) {
  std::mutex mutex;
  std::set<std::string> unique_keys;
  const auto task = [&](int) {
    const auto known = store().begin_request("ann", "k", kMorning, kValid, kRequestTimeout);
    if (!known) ADD_FAILURE() << known.error().message;
    const std::scoped_lock lock(mutex);
    unique_keys.insert(known ? known->unique_key : "");
    return known && known->state == IdempotencyRecord::State::acquired;
  };
  EXPECT_EQ(count_failures(kThreadCount, task), kThreadCount - 1);
  EXPECT_EQ(unique_keys.size(), 1U);
}

TEST_P(AccountStoreSuite, TwentyThreadsMakeAHundredKeys) {
  const auto ann = create("ann");
  std::atomic<int> made = 0;
  const auto task = [&](int number) {
    for (int n = 0; n < 10; ++n) {
      const auto id = std::to_string(number) + "x" + std::to_string(n);
      if (!refused(store().add_key(key(id, ann.id)), Errc::limit_exceeded)) ++made;
    }
    return true;
  };
  EXPECT_EQ(count_failures(kThreadCount, task), 0);
  EXPECT_EQ(made, 100);
  EXPECT_EQ(expect_ok(store().list_keys(ann.id)).size(), 100U);
}

TEST_P(AccountStoreSuite, NoChangeOfTwentyThreadsIsLost) {
  const auto ann = create("ann");
  const int rounds = amount(5, 50);
  const auto task = [&](int number) {
    for (int n = 0; n < rounds; ++n) {
      AccountChange change;
      change.revoke_tokens = true;
      if (number % 2 == 0) change.language = "de";
      if (!store().change(ann.id, change) || !store().find(ann.id)) return false;
    }
    return true;
  };
  EXPECT_EQ(count_failures(kThreadCount, task), 0);
  EXPECT_EQ(find(ann.id).epoch, static_cast<std::uint32_t>(kThreadCount * rounds));
  EXPECT_EQ(find(ann.id).language, "de");
}

}  // namespace convert::conformance
