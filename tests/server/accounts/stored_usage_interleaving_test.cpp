// SPDX-License-Identifier: MIT
// Two transactions of different hosts that meet at a lock. The first one has done its work and is not
// committed when the second one starts; the server reports when the second one waits.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "accounts/account_rules.hpp"
#include "accounts/postgresql/postgresql_account_tables.hpp"
#include "accounts/postgresql/stored_accounts.hpp"
#include "accounts/postgresql/stored_usage.hpp"
#include "postgresql/postgresql_connection.hpp"
#include "support/postgres_server.hpp"
#include "support/test_helpers.hpp"

namespace convert::server::accounts {
namespace {

using postgresql::Connection;
using postgresql::Outcome;
using std::chrono::hours;
using test::PostgresServer;

constexpr std::chrono::milliseconds kPatience(60'000);
constexpr Time kNoon{std::chrono::seconds(1'800'000'000)};

class InterleavingTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_POSTGRESQL();
    server_ = &PostgresServer::shared();
    const auto uri = server_->uri(PostgresServer::unique_schema());
    ASSERT_TRUE(migrate_postgresql(uri));
    auto options = postgresql::parse_connection_uri(uri).value();
    options.parameters.emplace_back("application_name", application_);
    options.idle_in_transaction_timeout = kPatience;  // the first one waits until the second one does
    options.lock_timeout = kPatience;
    options.statement_timeout = kPatience;
    first_ = Connection::open(options).value();
    second_ = Connection::open(options).value();
  }

  /// Runs `first` in a transaction, then `second` in another one. Ends the first one by `end` when the second
  /// one waits for it.
  void meet(const std::function<void(Connection&)>& first, const std::function<void(Connection&)>& second,
            const std::function<void(Connection&)>& end) {
    first_->begin();
    first(*first_);
    ASSERT_TRUE(first_->flush());
    std::thread other([&] {
      second_->begin();
      second(*second_);
      EXPECT_EQ(second_->commit(), Outcome::committed);
    });
    EXPECT_TRUE(test::eventually(kPatience, [&] { return waiting() > 0; })) << "the second one does not wait";
    end(*first_);
    other.join();
  }
  static void commit(Connection& connection) { EXPECT_EQ(connection.commit(), Outcome::committed); }
  static void roll_back(Connection& connection) { EXPECT_TRUE(connection.roll_back()); }

  int waiting() const {
    return std::stoi(
        server_->sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                     "application_name = '" +
                     std::string(application_) + "'"));
  }

  static constexpr const char* application_ = "interleaving";
  PostgresServer* server_ = nullptr;
  std::unique_ptr<Connection> first_;
  std::unique_ptr<Connection> second_;
};

TEST_F(InterleavingTest, TheSecondReservationCountsTheFirst) {
  Reservation one;
  Reservation two;
  meet(
      [&](Connection& connection) {
        one = reserve(connection, "r1", {"ann", 5, 1, {}}, kNoon, hours(1)).value();
      },
      [&](Connection& connection) {
        two = reserve(connection, "r2", {"ann", 7, 1, {}}, kNoon, hours(1)).value();
      },
      commit);
  EXPECT_EQ(one.total_tasks, 1U);
  EXPECT_EQ(two.total_tasks, 2U);
  EXPECT_EQ(two.total_bytes, 12U);
  EXPECT_EQ(two.tasks_today, 2U);
}

TEST_F(InterleavingTest, TheSecondReservationIsRefusedAtTheLimit) {
  Result<Reservation> two = no_such_reservation();
  meet(
      [&](Connection& connection) {
        ASSERT_TRUE(reserve(connection, "r1", {"ann", 5, 1, 1}, kNoon, hours(1)));
      },
      [&](Connection& connection) {
        two = reserve(connection, "r2", {"ann", 7, 1, 1}, kNoon, hours(1));
      },
      commit);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, Errc::limit_exceeded);
}

TEST_F(InterleavingTest, AReservationThatIsRolledBackDoesNotCount) {
  Result<Reservation> two = no_such_reservation();
  meet(
      [&](Connection& connection) {
        ASSERT_TRUE(reserve(connection, "r1", {"ann", 5, 1, 1}, kNoon, hours(1)));
      },
      [&](Connection& connection) {
        two = reserve(connection, "r2", {"ann", 7, 1, 1}, kNoon, hours(1));
      },
      roll_back);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->total_tasks, 1U);
}

TEST_F(InterleavingTest, TwoReservationsThatGrowCountEachOther) {
  for (const auto* id : {"r1", "r2"}) {
    first_->begin();
    ASSERT_TRUE(reserve(*first_, id, {"ann", 0, 1, {}}, kNoon, hours(1)));
    commit(*first_);
  }
  Reservation two;
  meet([&](Connection& connection) { ASSERT_TRUE(grow(connection, "r1", 5, kNoon)); },
       [&](Connection& connection) { two = grow(connection, "r2", 7, kNoon).value(); }, commit);
  EXPECT_EQ(two.total_bytes, 12U);
}

std::optional<IdempotencyRecord> begin_at_noon(Connection& connection, std::string_view unique_key) {
  return begin_request(connection, "ann", "k", unique_key, kNoon, hours(24), hours(1));
}

TEST_F(InterleavingTest, OneOfTwoAcquiresAnIdempotencyKey) {
  using State = IdempotencyRecord::State;
  std::optional<IdempotencyRecord> one;
  std::optional<IdempotencyRecord> two;
  meet([&](Connection& connection) { one = begin_at_noon(connection, "first"); },
       [&](Connection& connection) { two = begin_at_noon(connection, "second"); }, commit);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->state, State::acquired);
  EXPECT_EQ(two->state, State::running);
  EXPECT_EQ(two->unique_key, "first");
}

TEST_F(InterleavingTest, AKeyThatIsRolledBackIsFree) {
  std::optional<IdempotencyRecord> two;
  meet([&](Connection& connection) { (void)begin_at_noon(connection, "first"); },
       [&](Connection& connection) { two = begin_at_noon(connection, "second"); }, roll_back);
  ASSERT_TRUE(two);
  EXPECT_EQ(two->state, IdempotencyRecord::State::acquired);
  EXPECT_EQ(two->unique_key, "second");
}

/// A call whose commit's outcome was unknown is run again, and finds what it has done.
TEST_F(InterleavingTest, AKeyIsAcquiredAgainByTheSameCall) {
  for (int n = 0; n < 2; ++n) {
    first_->begin();
    const auto record = begin_at_noon(*first_, "first");
    commit(*first_);
    ASSERT_TRUE(record);
    EXPECT_EQ(record->state, IdempotencyRecord::State::acquired) << n;
  }
}

TEST_F(InterleavingTest, TheLastEventOfARateIsCountedOnce) {
  const RateLimit once{1, std::chrono::minutes(1), 1};
  std::optional<std::chrono::milliseconds> two;
  meet([&](Connection& connection) { EXPECT_FALSE(count_event(connection, "e", once, kNoon)); },
       [&](Connection& connection) { two = count_event(connection, "e", once, kNoon); }, commit);
  EXPECT_EQ(two, std::chrono::minutes(1));
}

TEST_F(InterleavingTest, OneOfTwoAccountsGetsAName) {
  Account account;
  account.name = "ann";
  account.email = "ann@example.org";
  account.id = "a1";
  Account other = account;
  other.id = "a2";
  Result<Account> two = no_such_account();
  meet([&](Connection& connection) { ASSERT_TRUE(create_account(connection, account, {})); },
       [&](Connection& connection) { two = create_account(connection, other, {}); }, commit);
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().message, kNameTaken);
}

}  // namespace
}  // namespace convert::server::accounts
