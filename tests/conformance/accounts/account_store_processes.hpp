// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <random>

#include "conformance/accounts/account_store_fixture.hpp"
#include "conformance/support/child_process.hpp"
#include "conformance/support/suite_support.hpp"

/// Several store objects and processes, some of them killed, that use the same data.
namespace convert::conformance {

TEST_P(AccountStoreSuite, TwoStoreObjectsShareTheirData) {
  if (!GetParam().shared) GTEST_SKIP() << "the backend supports one store object only";
  const auto other = another();
  ASSERT_NE(other, nullptr);
  const auto ann = create("ann");
  EXPECT_EQ(expect_ok(other->find(ann.id)).name, "ann");
  EXPECT_ERROR(other->create(person("ANN")), Errc::conflict);
  AccountChange change;
  change.revoke_tokens = true;
  expect_ok(other->change(ann.id, change));
  EXPECT_EQ(find(ann.id).epoch, 1U);

  expect_ok(other->add_key(key("a", ann.id)));
  EXPECT_EQ(expect_ok(store().find_key("a")).account, ann.id);
  const auto reservation = expect_ok(store().reserve({ann.id, 5, 1, {}}, kMorning, kLease));
  EXPECT_EQ(expect_ok(other->grow(reservation.id, 1, kMorning)).total_bytes, 6U);
  expect_ok(store().begin_request(ann.id, "k", kMorning, kValid, kRequestTimeout));
  EXPECT_EQ(expect_ok(other->begin_request(ann.id, "k", kMorning, kValid, kRequestTimeout)).state,
            IdempotencyRecord::State::running);
  expect_ok(other->remove(ann.id));
  EXPECT_ERROR(store().find(ann.id), Errc::not_found);
}

/// Makes `tries` reservations with a limit of `limit` a day. Returns how many succeeded; nothing if a call
/// failed.
inline std::optional<int> reserve_many(AccountStore& store, int tries, int limit) {
  int got = 0;
  for (int n = 0; n < tries; ++n) {
    const auto reservation =
        store.reserve({"ann", 7, 1, static_cast<std::uint32_t>(limit)}, kMorning, kLease);
    if (reservation) ++got;
    if (!reservation && reservation.error().code != Errc::limit_exceeded) return {};
  }
  return got;
}

TEST_P(AccountStoreSuite, TwoStoreObjectsReserveExactlyTheLimit) {
  if (!GetParam().shared) GTEST_SKIP() << "not for several stores";
  const auto other = another();
  ASSERT_NE(other, nullptr);
  const int limit = amount(60, 600);
  std::atomic<int> got = 0;
  const auto task = [&](int number) {
    const auto count = reserve_many(number % 2 == 0 ? store() : *other, limit / 4, limit);
    got += count.value_or(0);
    return count.has_value();
  };
  EXPECT_EQ(count_failures(8, task), 0);
  EXPECT_EQ(got, limit);
  EXPECT_EQ(expect_ok(store().reserve({"ann", 0, 0, {}}, kMorning, kLease)).total_bytes,
            std::uint64_t{7} * static_cast<std::uint64_t>(limit));
}

/// Forks while this process has a single thread and no open store.
TEST_P(AccountStoreSuite, FourProcessesReserveExactlyTheLimit) {
  if (!GetParam().shared) GTEST_SKIP() << "the backend supports one process only";
  const int limit = amount(100, 1'000);
  close();
  std::vector<std::unique_ptr<ChildProcess>> crew;
  for (int n = 0; n < 4; ++n) {
    crew.push_back(std::make_unique<ChildProcess>([&](const ChildProcess::Send& send) {
      const auto opened = GetParam().open(folder());
      const auto got = opened ? reserve_many(**opened, limit / 2, limit) : std::nullopt;
      send(static_cast<std::uint64_t>(got.value_or(0)));
      return got ? 0 : 1;
    }));
  }
  std::uint64_t got = 0;
  for (const auto& child : crew) {
    got += child->receive().value_or(0);
    EXPECT_EQ(child->wait(), 0);
  }
  EXPECT_EQ(got, static_cast<std::uint64_t>(limit));
  open();
}

/// One round of the process that is killed: creates an account and a key, changes the account, reserves quota
/// and records a request; then sends `number`. False if a call fails.
inline bool run_lifecycle(AccountStore& store, std::uint64_t number, const ChildProcess::Send& send) {
  const auto name = "p" + std::to_string(number);
  Account requested;
  requested.name = name;
  requested.email = name + "@example.org";
  const auto made = store.create(requested);
  if (!made || !store.add_key({"key" + name, made->id, name, "hash", kMorning, {}})) return false;
  AccountChange change;
  change.language = "de";
  change.revoke_tokens = true;
  if (!store.change(made->id, change)) return false;
  if (!store.begin_request("ann", name, kMorning, kValid, kRequestTimeout)) return false;
  const auto reservation = store.reserve({"ann", 1, 1, {}}, kMorning, kLease);
  if (!reservation || !store.settle(reservation->id)) return false;
  if (!store.complete_request("ann", name, 200, name)) return false;
  send(number);
  return true;
}

/// Expects everything that a reported round has stored.
inline void expect_lifecycle(AccountStore& store, std::uint64_t number) {
  const auto name = "p" + std::to_string(number);
  const auto account = store.find_login(name);
  ASSERT_TRUE(account) << name << ": " << account.error().message;
  EXPECT_EQ(account->language, "de");
  EXPECT_EQ(account->epoch, 1U);
  const auto keys = store.list_keys(account->id);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->size(), 1U) << name;
  const auto request = store.begin_request("ann", name, kMorning, kValid, kRequestTimeout);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->state, IdempotencyRecord::State::done) << name;
  EXPECT_EQ(request->answer, name);
}

/// Receives at least `enough` numbers, kills the process and returns all that it sent.
inline std::vector<std::uint64_t> reports_until_kill(ChildProcess& child, std::size_t enough) {
  std::vector<std::uint64_t> reported;
  while (reported.size() < enough) {
    const auto number = child.receive();
    if (!number) {
      ADD_FAILURE() << "the process has ended or sends nothing";
      return reported;
    }
    reported.push_back(*number);
  }
  child.kill();
  while (const auto number = child.receive()) reported.push_back(*number);
  return reported;
}

TEST_P(AccountStoreSuite, AKilledProcessLosesNothingThatItReported) {
  if (!GetParam().shared) GTEST_SKIP() << "not for several processes";
  close();
  std::mt19937_64 random(seed());
  std::vector<std::uint64_t> reported;
  const auto rounds = static_cast<std::uint32_t>(amount(8, 100));
  for (std::uint32_t round = 0; round < rounds; ++round) {
    // The round after the last reported one may be incomplete.
    const std::uint64_t first = reported.empty() ? 1 : reported.back() + 2;
    ChildProcess child([&](const ChildProcess::Send& send) {
      const auto opened = GetParam().open(folder());
      for (std::uint64_t n = first; opened && run_lifecycle(**opened, n, send);) ++n;
      return 1;
    });
    const auto more = reports_until_kill(child, 1 + random() % 20);
    reported.insert(reported.end(), more.begin(), more.end());
    ASSERT_FALSE(HasFailure());
  }
  open();
  for (const auto number : reported) expect_lifecycle(store(), number);
  const auto sums = expect_ok(store().reserve({"ann", 0, 0, {}}, kMorning, kLease));
  EXPECT_GE(sums.tasks_today, reported.size());
  EXPECT_LE(sums.tasks_today, reported.size() + rounds);
  EXPECT_LE(sums.total_tasks, rounds) << "at most one per process was not settled";
  expect_ok(store().sweep(kMorning + kLease, kValid));
  EXPECT_EQ(expect_ok(store().reserve({"ann", 0, 0, {}}, kMorning, kLease)).total_tasks, 0U);
}

}  // namespace convert::conformance
