// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <random>

#include "conformance/accounts_fixture.hpp"
#include "conformance/child.hpp"
#include "conformance/threads.hpp"

/// Several stores and several processes at one place, some of which are killed.
namespace convert::conformance {

TEST_P(AccountStoreSuite, TwoStoresAreOne) {
  if (!GetParam().shared) GTEST_SKIP() << "not for several stores";
  const auto other = another();
  ASSERT_NE(other, nullptr);
  const auto ann = create("ann");
  EXPECT_EQ(good(other->find(ann.id)).name, "ann");
  EXPECT_ERROR(other->create(person("ANN")), Errc::conflict);
  AccountChange change;
  change.void_tokens = true;
  good(other->change(ann.id, change));
  EXPECT_EQ(find(ann.id).epoch, 1U);

  good(other->add_key(key("a", ann.id)));
  EXPECT_EQ(good(store().find_key("a")).account, ann.id);
  const auto room = good(store().reserve({ann.id, 5, 1, {}}, kMorning, kLease));
  EXPECT_EQ(good(other->grow(room.id, 1, kMorning)).bytes_in_all, 6U);
  good(store().begin_request(ann.id, "k", kMorning, kValid, kPatience));
  EXPECT_EQ(good(other->begin_request(ann.id, "k", kMorning, kValid, kPatience)).state,
            KnownRequest::State::running);
  good(other->remove(ann.id));
  EXPECT_ERROR(store().find(ann.id), Errc::not_found);
}

/// How many reservations one got of `limit` a day, with `tries`; none if a call failed.
inline std::optional<int> reserve_many(AccountStore& store, int tries, int limit) {
  int got = 0;
  for (int n = 0; n < tries; ++n) {
    const auto room = store.reserve({"ann", 7, 1, static_cast<std::uint32_t>(limit)}, kMorning, kLease);
    if (room) ++got;
    if (!room && room.error().code != Errc::limit_exceeded) return {};
  }
  return got;
}

TEST_P(AccountStoreSuite, TwoStoresReserveExactly) {
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
  EXPECT_EQ(failures_of(8, task), 0);
  EXPECT_EQ(got, limit);
  EXPECT_EQ(good(store().reserve({"ann", 0, 0, {}}, kMorning, kLease)).bytes_in_all,
            std::uint64_t{7} * static_cast<std::uint64_t>(limit));
}

/// The processes come from this one while it has a single thread and no store open.
TEST_P(AccountStoreSuite, FourProcessesReserveExactly) {
  if (!GetParam().shared) GTEST_SKIP() << "not for several processes";
  const int limit = amount(100, 1'000);
  close();
  std::vector<std::unique_ptr<Child>> crew;
  for (int n = 0; n < 4; ++n) {
    crew.push_back(std::make_unique<Child>([&](const Child::Say& say) {
      const auto opened = GetParam().open(folder());
      const auto got = opened ? reserve_many(**opened, limit / 2, limit) : std::nullopt;
      say(static_cast<std::uint64_t>(got.value_or(0)));
      return got ? 0 : 1;
    }));
  }
  std::uint64_t got = 0;
  for (const auto& child : crew) {
    got += child->hear().value_or(0);
    EXPECT_EQ(child->wait(), 0);
  }
  EXPECT_EQ(got, static_cast<std::uint64_t>(limit));
  open();
}

/// One step of the process that is killed: an account, its key, its change, a task's room and its request.
/// False if a call failed.
inline bool live_once(AccountStore& store, std::uint64_t number, const Child::Say& say) {
  const auto name = "p" + std::to_string(number);
  Account asked;
  asked.name = name;
  asked.email = name + "@example.org";
  const auto made = store.create(asked);
  if (!made || !store.add_key({"key" + name, made->id, name, "hash", kMorning, {}})) return false;
  AccountChange change;
  change.language = "de";
  change.void_tokens = true;
  if (!store.change(made->id, change)) return false;
  if (!store.begin_request("ann", name, kMorning, kValid, kPatience)) return false;
  const auto room = store.reserve({"ann", 1, 1, {}}, kMorning, kLease);
  if (!room || !store.settle(room->id)) return false;
  if (!store.finish_request("ann", name, 200, name)) return false;
  say(number);
  return true;
}

/// All of a life that was told of.
inline void expect_life(AccountStore& store, std::uint64_t number) {
  const auto name = "p" + std::to_string(number);
  const auto account = store.find_login(name);
  ASSERT_TRUE(account) << name << ": " << account.error().message;
  EXPECT_EQ(account->language, "de");
  EXPECT_EQ(account->epoch, 1U);
  const auto keys = store.keys(account->id);
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_EQ(keys->size(), 1U) << name;
  const auto request = store.begin_request("ann", name, kMorning, kValid, kPatience);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->state, KnownRequest::State::done) << name;
  EXPECT_EQ(request->answer, name);
}

/// What a process says from `first` on until it is killed, after some of it.
inline std::vector<std::uint64_t> told_by(Child& child, std::size_t enough) {
  std::vector<std::uint64_t> told;
  while (told.size() < enough) {
    const auto number = child.hear();
    if (!number) {
      ADD_FAILURE() << "the process has ended, or is silent";
      return told;
    }
    told.push_back(*number);
  }
  child.kill();
  while (const auto number = child.hear()) told.push_back(*number);
  return told;
}

TEST_P(AccountStoreSuite, AProcessThatIsKilledLosesNothingThatItSaid) {
  if (!GetParam().shared) GTEST_SKIP() << "not for several processes";
  close();
  std::mt19937_64 random(seed());
  std::vector<std::uint64_t> told;
  const auto rounds = static_cast<std::uint32_t>(amount(8, 100));
  for (std::uint32_t round = 0; round < rounds; ++round) {
    // The one after the last that was told of may be half there.
    const std::uint64_t first = told.empty() ? 1 : told.back() + 2;
    Child child([&](const Child::Say& say) {
      const auto opened = GetParam().open(folder());
      for (std::uint64_t n = first; opened && live_once(**opened, n, say);) ++n;
      return 1;
    });
    const auto more = told_by(child, 1 + random() % 20);
    told.insert(told.end(), more.begin(), more.end());
    ASSERT_FALSE(HasFailure());
  }
  open();
  for (const auto number : told) expect_life(store(), number);
  const auto sums = good(store().reserve({"ann", 0, 0, {}}, kMorning, kLease));
  EXPECT_GE(sums.tasks_today, told.size());
  EXPECT_LE(sums.tasks_today, told.size() + rounds);
  EXPECT_LE(sums.tasks_in_all, rounds) << "at most one of each process was not settled";
  good(store().sweep(kMorning + kLease, kValid));
  EXPECT_EQ(good(store().reserve({"ann", 0, 0, {}}, kMorning, kLease)).tasks_in_all, 0U);
}

}  // namespace convert::conformance
