// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/accounts_fixture.hpp"

/// Room that is reserved.
namespace convert::conformance {

/// For comparisons whose failures can be read.
inline std::string sums(const Reservation& room) {
  return std::to_string(room.bytes_in_all) + " bytes, " + std::to_string(room.tasks_in_all) + " tasks, " +
         std::to_string(room.tasks_today) + " today";
}

TEST_P(AccountStoreSuite, CountsWhatIsReserved) {
  const auto one = good(store().reserve({"ann", 100, 1, {}}, kMorning, kLease));
  EXPECT_EQ(sums(one), "100 bytes, 1 tasks, 1 today");
  open_again();
  const auto two = good(store().reserve({"ann", 50, 2, {}}, kMorning, kLease));
  EXPECT_EQ(sums(two), "150 bytes, 3 tasks, 3 today");
  EXPECT_NE(one.id, two.id);
  EXPECT_EQ(sums(good(store().reserve({"bob", 7, 1, {}}, kMorning, kLease))), "7 bytes, 1 tasks, 1 today");
  EXPECT_EQ(sums(good(store().grow(one.id, 25, kMorning))), "175 bytes, 3 tasks, 3 today");

  good(store().release(one.id));
  EXPECT_EQ(sums(good(store().reserve({"ann", 1, 0, {}}, kMorning, kLease))), "51 bytes, 2 tasks, 2 today");
  good(store().settle(two.id));
  open_again();
  EXPECT_EQ(sums(good(store().reserve({"ann", 1, 0, {}}, kMorning, kLease))), "2 bytes, 0 tasks, 2 today");
}

TEST_P(AccountStoreSuite, WhatHasGoneIsGoneOnce) {
  const auto room = good(store().reserve({"ann", 1, 1, {}}, kMorning, kLease));
  good(store().reserve({"ann", 1, 1, {}}, kMorning, kLease));
  good(store().release(room.id));
  good(store().release(room.id));
  good(store().settle(room.id));
  good(store().release("none"));
  good(store().settle("none"));
  EXPECT_ERROR(store().grow(room.id, 1, kMorning), Errc::not_found);
  EXPECT_ERROR(store().grow("none", 1, kMorning), Errc::not_found);
  const std::vector<std::string> ids{room.id, "none"};
  good(store().renew(ids, kMorning, kLease));
  good(store().renew({}, kMorning, kLease));
  EXPECT_EQ(sums(good(store().reserve({"ann", 0, 0, {}}, kMorning, kLease))), "1 bytes, 1 tasks, 1 today");
}

TEST_P(AccountStoreSuite, SaysWhatIsReserved) {
  const auto said = [&](const std::string& account, Time now) {
    const auto room = good(store().reserved(account, now));
    EXPECT_EQ(room.id, "");
    EXPECT_EQ(sums(room), sums(good(store().AccountStore::reserved(account, now)))) << "as all stores can";
    return sums(room);
  };
  EXPECT_EQ(said("ann", kMorning), "0 bytes, 0 tasks, 0 today");
  good(store().reserve({"ann", 100, 1, {}}, kMorning, kLease));
  good(store().settle(good(store().reserve({"ann", 10, 2, {}}, kMorning, kLease)).id));
  good(store().reserve({"bob", 7, 1, {}}, kMorning, kLease));
  open_again();
  EXPECT_EQ(said("ann", kMorning), "100 bytes, 1 tasks, 3 today");
  EXPECT_EQ(said("ann", kMorning), "100 bytes, 1 tasks, 3 today") << "nothing came of the question";
  EXPECT_EQ(said("ann", kMorning + kLease), "0 bytes, 0 tasks, 3 today");
  EXPECT_EQ(said("ann", kMorning + hours(24)), "0 bytes, 0 tasks, 0 today");
}

TEST_P(AccountStoreSuite, LetsSoManyTasksADayBegin) {
  const Demand demand{"ann", 10, 1, 3};
  good(store().reserve(demand, kMorning, kLease));
  const auto second = good(store().reserve(demand, kMorning, kLease));
  good(store().settle(good(store().reserve(demand, kMorning, kLease)).id));
  EXPECT_ERROR(store().reserve(demand, kMorning, kLease), Errc::limit_exceeded);
  EXPECT_ERROR(store().reserve({"ann", 0, 5, 3}, kMorning, kLease), Errc::limit_exceeded);
  // What was refused left no trace, and what asks for no task is none too many.
  EXPECT_EQ(sums(good(store().reserve({"ann", 1, 0, 3}, kMorning, kLease))), "21 bytes, 2 tasks, 3 today");
  // Neither did another account, nor one without a limit.
  good(store().reserve({"bob", 1, 1, 3}, kMorning, kLease));
  EXPECT_EQ(good(store().reserve({"ann", 1, 1, 0}, kMorning, kLease)).tasks_today, 4U);
  EXPECT_EQ(good(store().reserve({"ann", 1, 1, {}}, kMorning, kLease)).tasks_today, 5U);
  good(store().release(second.id));
  EXPECT_EQ(good(store().reserve({"ann", 1, 1, 5}, kMorning, kLease)).tasks_today, 5U);
}

TEST_P(AccountStoreSuite, ADayEndsAtMidnightUtc) {
  const auto midnight = std::chrono::ceil<std::chrono::days>(kMorning);
  const auto late = midnight - milliseconds(1);
  const Demand demand{"ann", 1, 1, 1};
  const auto yesterdays = good(store().reserve(demand, late, kLease));
  EXPECT_ERROR(store().reserve(demand, late, kLease), Errc::limit_exceeded);
  EXPECT_EQ(sums(good(store().reserve(demand, midnight, kLease))), "2 bytes, 2 tasks, 1 today");
  EXPECT_ERROR(store().reserve(demand, midnight, kLease), Errc::limit_exceeded);
  // What goes back goes back to its own day.
  good(store().release(yesterdays.id));
  EXPECT_ERROR(store().reserve(demand, midnight, kLease), Errc::limit_exceeded);
  EXPECT_EQ(good(store().reserve(demand, late, kLease)).tasks_today, 1U);
}

TEST_P(AccountStoreSuite, ALeaseEndsUnlessItIsRenewed) {
  const auto one = good(store().reserve({"ann", 100, 1, {}}, kMorning, kLease));
  const auto two = good(store().reserve({"ann", 10, 1, {}}, kMorning, kLease));
  const auto later = kMorning + kLease / 2;
  const std::vector<std::string> ids{one.id};
  good(store().renew(ids, later, kLease));
  const auto end = kMorning + kLease;
  EXPECT_EQ(sums(good(store().grow(two.id, 1, end - milliseconds(1)))), "111 bytes, 2 tasks, 2 today");
  EXPECT_ERROR(store().grow(two.id, 1, end), Errc::not_found);
  EXPECT_EQ(sums(good(store().grow(one.id, 1, end))), "101 bytes, 1 tasks, 2 today");
  // Who comes too late is not let in again.
  const std::vector<std::string> ended{two.id};
  good(store().renew(ended, end, kLease));
  EXPECT_ERROR(store().grow(two.id, 1, end), Errc::not_found);
}

TEST_P(AccountStoreSuite, ASweepGivesBackWhatLeasesLeftBehind) {
  const auto lost = good(store().reserve({"ann", 100, 2, {}}, kMorning, kLease));
  good(store().settle(good(store().reserve({"ann", 100, 1, {}}, kMorning, kLease)).id));
  const auto living = good(store().reserve({"ann", 10, 1, {}}, kMorning, 2 * kLease));
  good(store().sweep(kMorning + kLease - milliseconds(1), kValid));
  EXPECT_EQ(sums(good(store().grow(living.id, 0, kMorning))), "110 bytes, 3 tasks, 4 today");
  open_again();
  good(store().sweep(kMorning + kLease, kValid));
  EXPECT_EQ(sums(good(store().grow(living.id, 0, kMorning))), "10 bytes, 1 tasks, 2 today");
  good(store().settle(lost.id));  // too late: it counts no more
  good(store().sweep(kMorning + kLease, kValid));
  EXPECT_EQ(sums(good(store().grow(living.id, 0, kMorning))), "10 bytes, 1 tasks, 2 today");
}

/// Yesterday's count is still needed: leases go over midnight.
TEST_P(AccountStoreSuite, ASweepForgetsDaysThatArePast) {
  good(store().settle(good(store().reserve({"ann", 1, 1, {}}, kMorning, kLease)).id));
  const auto today = [&] { return good(store().reserve({"ann", 0, 0, {}}, kMorning, kLease)).tasks_today; };
  good(store().sweep(kMorning + hours(24), kValid));
  EXPECT_EQ(today(), 1U);
  good(store().sweep(kMorning + hours(48), kValid));
  EXPECT_EQ(today(), 0U);
}

TEST_P(AccountStoreSuite, CountsMoreThanThereIs) {
  const Demand demand{"ann", UINT64_MAX, 1, {}};
  const auto room = good(store().reserve(demand, kMorning, kLease));
  EXPECT_GE(room.bytes_in_all, std::uint64_t{1} << 50);
  for (int n = 0; n < 5; ++n) good(store().grow(room.id, UINT64_MAX, kMorning));
  const auto both = good(store().reserve(demand, kMorning, kLease));
  EXPECT_GE(both.bytes_in_all, std::uint64_t{2} << 50);
}

}  // namespace convert::conformance
