// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>

#include "conformance/accounts_fixture.hpp"
#include "conformance/threads.hpp"

/// Many threads at one store.
namespace convert::conformance {

inline constexpr int kCrowd = 20;

/// Whether the call was refused for that reason; anything else but success is a failure of the test.
template <class T>
bool refused(const Result<T>& result, Errc code) {
  if (!result && result.error().code != code) ADD_FAILURE() << result.error().message;
  return !result;
}

/// Of many who ask, exactly as many get room as there is, and each is told a sum that no other is told.
TEST_P(AccountStoreSuite, TwentyThreadsReserveExactly) {
  const int limit = amount(100, 1'000);
  const int tries = 2 * limit / kCrowd;
  std::mutex mutex;
  std::set<std::uint64_t> told;
  std::atomic<int> refusals = 0;
  const auto task = [&](int) {
    for (int n = 0; n < tries; ++n) {
      const auto room = store().reserve({"ann", 7, 1, static_cast<std::uint32_t>(limit)}, kMorning, kLease);
      if (refused(room, Errc::limit_exceeded)) {
        ++refusals;
        continue;
      }
      EXPECT_EQ(room->bytes_in_all, std::uint64_t{7} * room->tasks_in_all);
      EXPECT_EQ(room->tasks_today, room->tasks_in_all);
      const std::scoped_lock lock(mutex);
      told.insert(room->tasks_in_all);
    }
    return true;
  };
  EXPECT_EQ(failures_of(kCrowd, task), 0);
  EXPECT_EQ(refusals, limit);
  EXPECT_EQ(told.size(), static_cast<std::size_t>(limit));
  EXPECT_EQ(*told.rbegin(), static_cast<std::uint64_t>(limit));
}

/// Room goes back and forth between threads: at the end nothing is left of it but the day's count.
TEST_P(AccountStoreSuite, TwentyThreadsGiveBackWhatTheyReserved) {
  const int rounds = amount(10, 100);
  std::atomic<int> settled = 0;
  const auto task = [&](int number) {
    for (int n = 0; n < rounds; ++n) {
      const auto room = store().reserve({"ann", 3, 1, {}}, kMorning, kLease);
      if (!room || !store().grow(room->id, 4, kMorning)) return false;
      const bool keep = (number + n) % 3 == 0;
      if (keep) ++settled;
      if (!(keep ? store().settle(room->id) : store().release(room->id))) return false;
    }
    return true;
  };
  EXPECT_EQ(failures_of(kCrowd, task), 0);
  const auto rest = good(store().reserve({"ann", 0, 0, {}}, kMorning, kLease));
  EXPECT_EQ(rest.bytes_in_all, 0U);
  EXPECT_EQ(rest.tasks_in_all, 0U);
  EXPECT_EQ(rest.tasks_today, static_cast<std::uint32_t>(settled));
}

TEST_P(AccountStoreSuite, OneOfTwentyThreadsGetsAName) {
  const auto task = [&](int number) {
    auto asked = person(number % 2 == 0 ? "ann" : "ANN");
    asked.email = "ann" + std::to_string(number) + "@example.org";
    return !refused(store().create(asked), Errc::conflict);
  };
  EXPECT_EQ(failures_of(kCrowd, task), kCrowd - 1);
  EXPECT_EQ(good(store().list("", 100)).size(), 1U);
}

TEST_P(AccountStoreSuite, OneOfTwentyThreadsGetsAFreshRequest) {
  std::mutex mutex;
  std::set<std::string> unique_keys;
  const auto task = [&](int) {
    const auto known = store().begin_request("ann", "k", kMorning, kValid, kPatience);
    if (!known) ADD_FAILURE() << known.error().message;
    const std::scoped_lock lock(mutex);
    unique_keys.insert(known ? known->unique_key : "");
    return known && known->state == KnownRequest::State::fresh;
  };
  EXPECT_EQ(failures_of(kCrowd, task), kCrowd - 1);
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
  EXPECT_EQ(failures_of(kCrowd, task), 0);
  EXPECT_EQ(made, 100);
  EXPECT_EQ(good(store().keys(ann.id)).size(), 100U);
}

TEST_P(AccountStoreSuite, NoChangeOfTwentyThreadsIsLost) {
  const auto ann = create("ann");
  const int rounds = amount(5, 50);
  const auto task = [&](int number) {
    for (int n = 0; n < rounds; ++n) {
      AccountChange change;
      change.void_tokens = true;
      if (number % 2 == 0) change.language = "de";
      if (!store().change(ann.id, change) || !store().find(ann.id)) return false;
    }
    return true;
  };
  EXPECT_EQ(failures_of(kCrowd, task), 0);
  EXPECT_EQ(find(ann.id).epoch, static_cast<std::uint32_t>(kCrowd * rounds));
  EXPECT_EQ(find(ann.id).language, "de");
}

}  // namespace convert::conformance
