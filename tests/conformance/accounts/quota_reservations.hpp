// SPDX-License-Identifier: MIT
#pragma once

#include "conformance/accounts/account_store_fixture.hpp"

/// Reservations of quota.
namespace convert::conformance {

/// A reservation as text, so that failed comparisons are readable.
inline std::string sums(const Reservation& reservation) {
  return std::to_string(reservation.total_bytes) + " bytes, " + std::to_string(reservation.total_tasks) +
         " tasks, " + std::to_string(reservation.tasks_today) + " today";
}

TEST_P(AccountStoreSuite, CountsReservations) {
  const auto one = expect_ok(store().reserve({"ann", 100, 1, {}}, kMorning, kLease));
  EXPECT_EQ(sums(one), "100 bytes, 1 tasks, 1 today");
  open_again();
  const auto two = expect_ok(store().reserve({"ann", 50, 2, {}}, kMorning, kLease));
  EXPECT_EQ(sums(two), "150 bytes, 3 tasks, 3 today");
  EXPECT_NE(one.id, two.id);
  EXPECT_EQ(sums(expect_ok(store().reserve({"bob", 7, 1, {}}, kMorning, kLease))),
            "7 bytes, 1 tasks, 1 today");
  EXPECT_EQ(sums(expect_ok(store().grow(one.id, 25, kMorning))), "175 bytes, 3 tasks, 3 today");

  expect_ok(store().release(one.id));
  EXPECT_EQ(sums(expect_ok(store().reserve({"ann", 1, 0, {}}, kMorning, kLease))),
            "51 bytes, 2 tasks, 2 today");
  expect_ok(store().settle(two.id));
  open_again();
  EXPECT_EQ(sums(expect_ok(store().reserve({"ann", 1, 0, {}}, kMorning, kLease))),
            "2 bytes, 0 tasks, 2 today");
}

TEST_P(AccountStoreSuite, AReservationEndsOnce) {
  const auto reservation = expect_ok(store().reserve({"ann", 1, 1, {}}, kMorning, kLease));
  expect_ok(store().reserve({"ann", 1, 1, {}}, kMorning, kLease));
  expect_ok(store().release(reservation.id));
  expect_ok(store().release(reservation.id));
  expect_ok(store().settle(reservation.id));
  expect_ok(store().release("none"));
  expect_ok(store().settle("none"));
  EXPECT_ERROR(store().grow(reservation.id, 1, kMorning), Errc::not_found);
  EXPECT_ERROR(store().grow("none", 1, kMorning), Errc::not_found);
  const std::vector<std::string> ids{reservation.id, "none"};
  expect_ok(store().renew(ids, kMorning, kLease));
  expect_ok(store().renew({}, kMorning, kLease));
  EXPECT_EQ(sums(expect_ok(store().reserve({"ann", 0, 0, {}}, kMorning, kLease))),
            "1 bytes, 1 tasks, 1 today");
}

TEST_P(AccountStoreSuite, ReportsReservedQuota) {
  const auto reserved_sums = [&](const std::string& account, Time now) {
    const auto reservation = expect_ok(store().reserved_usage(account, now));
    EXPECT_EQ(reservation.id, "");
    EXPECT_EQ(sums(reservation), sums(expect_ok(store().AccountStore::reserved_usage(account, now))))
        << "as the default implementation";
    return sums(reservation);
  };
  EXPECT_EQ(reserved_sums("ann", kMorning), "0 bytes, 0 tasks, 0 today");
  expect_ok(store().reserve({"ann", 100, 1, {}}, kMorning, kLease));
  expect_ok(store().settle(expect_ok(store().reserve({"ann", 10, 2, {}}, kMorning, kLease)).id));
  expect_ok(store().reserve({"bob", 7, 1, {}}, kMorning, kLease));
  open_again();
  EXPECT_EQ(reserved_sums("ann", kMorning), "100 bytes, 1 tasks, 3 today");
  EXPECT_EQ(reserved_sums("ann", kMorning), "100 bytes, 1 tasks, 3 today") << "the query changed nothing";
  EXPECT_EQ(reserved_sums("ann", kMorning + kLease), "0 bytes, 0 tasks, 3 today");
  EXPECT_EQ(reserved_sums("ann", kMorning + hours(24)), "0 bytes, 0 tasks, 0 today");
}

TEST_P(AccountStoreSuite, LimitsTasksPerDay) {
  const QuotaRequest demand{"ann", 10, 1, 3};
  expect_ok(store().reserve(demand, kMorning, kLease));
  const auto second = expect_ok(store().reserve(demand, kMorning, kLease));
  expect_ok(store().settle(expect_ok(store().reserve(demand, kMorning, kLease)).id));
  EXPECT_ERROR(store().reserve(demand, kMorning, kLease), Errc::limit_exceeded);
  EXPECT_ERROR(store().reserve({"ann", 0, 5, 3}, kMorning, kLease), Errc::limit_exceeded);
  // A failed request leaves nothing, and a request for no task is within the limit.
  EXPECT_EQ(sums(expect_ok(store().reserve({"ann", 1, 0, 3}, kMorning, kLease))),
            "21 bytes, 2 tasks, 3 today");
  // The limit affects neither other accounts nor requests without a limit.
  expect_ok(store().reserve({"bob", 1, 1, 3}, kMorning, kLease));
  EXPECT_EQ(expect_ok(store().reserve({"ann", 1, 1, 0}, kMorning, kLease)).tasks_today, 4U);
  EXPECT_EQ(expect_ok(store().reserve({"ann", 1, 1, {}}, kMorning, kLease)).tasks_today, 5U);
  expect_ok(store().release(second.id));
  EXPECT_EQ(expect_ok(store().reserve({"ann", 1, 1, 5}, kMorning, kLease)).tasks_today, 5U);
}

TEST_P(AccountStoreSuite, ADayEndsAtMidnightUtc) {
  const auto midnight = std::chrono::ceil<std::chrono::days>(kMorning);
  const auto late = midnight - milliseconds(1);
  const QuotaRequest demand{"ann", 1, 1, 1};
  const auto yesterdays = expect_ok(store().reserve(demand, late, kLease));
  EXPECT_ERROR(store().reserve(demand, late, kLease), Errc::limit_exceeded);
  EXPECT_EQ(sums(expect_ok(store().reserve(demand, midnight, kLease))), "2 bytes, 2 tasks, 1 today");
  EXPECT_ERROR(store().reserve(demand, midnight, kLease), Errc::limit_exceeded);
  // A release counts for the day of its reservation.
  expect_ok(store().release(yesterdays.id));
  EXPECT_ERROR(store().reserve(demand, midnight, kLease), Errc::limit_exceeded);
  EXPECT_EQ(expect_ok(store().reserve(demand, late, kLease)).tasks_today, 1U);
}

TEST_P(AccountStoreSuite, AReservationExpiresUnlessItIsRenewed) {
  const auto one = expect_ok(store().reserve({"ann", 100, 1, {}}, kMorning, kLease));
  const auto two = expect_ok(store().reserve({"ann", 10, 1, {}}, kMorning, kLease));
  const auto later = kMorning + kLease / 2;
  const std::vector<std::string> ids{one.id};
  expect_ok(store().renew(ids, later, kLease));
  const auto end = kMorning + kLease;
  EXPECT_EQ(sums(expect_ok(store().grow(two.id, 1, end - milliseconds(1)))), "111 bytes, 2 tasks, 2 today");
  EXPECT_ERROR(store().grow(two.id, 1, end), Errc::not_found);
  EXPECT_EQ(sums(expect_ok(store().grow(one.id, 1, end))), "101 bytes, 1 tasks, 2 today");
  // An expired reservation cannot be renewed.
  const std::vector<std::string> ended{two.id};
  expect_ok(store().renew(ended, end, kLease));
  EXPECT_ERROR(store().grow(two.id, 1, end), Errc::not_found);
}

TEST_P(AccountStoreSuite, ASweepReleasesExpiredReservations) {
  const auto lost = expect_ok(store().reserve({"ann", 100, 2, {}}, kMorning, kLease));
  expect_ok(store().settle(expect_ok(store().reserve({"ann", 100, 1, {}}, kMorning, kLease)).id));
  const auto living = expect_ok(store().reserve({"ann", 10, 1, {}}, kMorning, 2 * kLease));
  expect_ok(store().sweep(kMorning + kLease - milliseconds(1), kValid));
  EXPECT_EQ(sums(expect_ok(store().grow(living.id, 0, kMorning))), "110 bytes, 3 tasks, 4 today");
  open_again();
  expect_ok(store().sweep(kMorning + kLease, kValid));
  EXPECT_EQ(sums(expect_ok(store().grow(living.id, 0, kMorning))), "10 bytes, 1 tasks, 2 today");
  expect_ok(store().settle(lost.id));  // too late: it no longer counts
  expect_ok(store().sweep(kMorning + kLease, kValid));
  EXPECT_EQ(sums(expect_ok(store().grow(living.id, 0, kMorning))), "10 bytes, 1 tasks, 2 today");
}

/// Yesterday's count is kept, since leases may extend past midnight.
TEST_P(AccountStoreSuite, ASweepRemovesCountsOfPastDays) {
  expect_ok(store().settle(expect_ok(store().reserve({"ann", 1, 1, {}}, kMorning, kLease)).id));
  const auto today = [&] {
    return expect_ok(store().reserve({"ann", 0, 0, {}}, kMorning, kLease)).tasks_today;
  };
  expect_ok(store().sweep(kMorning + hours(24), kValid));
  EXPECT_EQ(today(), 1U);
  expect_ok(store().sweep(kMorning + hours(48), kValid));
  EXPECT_EQ(today(), 0U);
}

TEST_P(AccountStoreSuite, HandlesSumsBeyondTheIntegerRange) {
  const QuotaRequest demand{"ann", UINT64_MAX, 1, {}};
  const auto reservation = expect_ok(store().reserve(demand, kMorning, kLease));
  EXPECT_GE(reservation.total_bytes, std::uint64_t{1} << 50);
  for (int n = 0; n < 5; ++n) expect_ok(store().grow(reservation.id, UINT64_MAX, kMorning));
  const auto both = expect_ok(store().reserve(demand, kMorning, kLease));
  EXPECT_GE(both.total_bytes, std::uint64_t{2} << 50);
}

}  // namespace convert::conformance
