// SPDX-License-Identifier: MIT
#include <signal.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "postgresql/connection_pool.hpp"
#include "unit/postgresql/postgres_fixture.hpp"

namespace convert::postgresql {
namespace {

using testing::HasSubstr;

/// Both servers by their sockets, as one URI.
std::string uri_of_both(const test::PostgresServer& primary, const test::PostgresServer& standby) {
  return fmt::format("postgresql:///postgres?user=postgres&schema=public&host={},{}&port={},{}",
                     primary.socket_folder().string(), standby.socket_folder().string(), primary.port(),
                     standby.port());
}

Result<void> insert(ConnectionPool& pool, int number) {
  return pool
      .run({},
           [&](Connection& connection) -> Result<void> {
             connection.post("INSERT INTO t VALUES ($1)", number);
             return {};
           })
      .result();
}

TEST(FailOver, FindsTheNewPrimaryAndLosesNothing) {
  SKIP_WITHOUT_POSTGRESQL();
  test::PostgresServer primary;
  const auto standby = primary.make_standby(true);
  primary.sql("CREATE TABLE t (x bigint PRIMARY KEY)");
  ConnectionPool pool(test::must(parse_connection_uri(uri_of_both(primary, *standby))));
  ASSERT_TRUE(insert(pool, 1));
  primary.stop(SIGQUIT);
  const auto while_down = insert(pool, 2);
  ASSERT_FALSE(while_down);
  EXPECT_TRUE(while_down.error().retryable);
  EXPECT_THAT(while_down.error().message, HasSubstr("takes no writes"));
  standby->promote();
  EXPECT_TRUE(test::eventually(std::chrono::seconds(30), [&]() { return insert(pool, 3).has_value(); }));
  EXPECT_EQ(standby->sql("SELECT string_agg(x::text, ',' ORDER BY x) FROM t"), "1,3");
}

// Under load: what was acknowledged is there, and what was reported as rolled back is not.
TEST(FailOver, KeepsItsPromisesWhileManyWrite) {
  SKIP_WITHOUT_POSTGRESQL();
  test::PostgresServer primary;
  const auto standby = primary.make_standby(true);
  primary.sql("CREATE TABLE t (x bigint PRIMARY KEY)");
  ConnectionPool pool(test::must(parse_connection_uri(uri_of_both(primary, *standby))));
  constexpr int kThreads = 4;
  std::mutex mutex;
  std::map<int, Outcome> outcomes;
  std::atomic<int> committed = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread]() {
      for (int number = thread; !stop; number += kThreads) {
        const auto end = pool.transaction({}, [&](Connection& connection) -> Result<void> {
          connection.post("INSERT INTO t VALUES ($1)", number);
          return {};
        });
        if (end) ++committed;
        const std::scoped_lock lock(mutex);
        outcomes.emplace(number, end.outcome);
      }
    });
  }
  const auto reaches = [&](int count) {
    return test::eventually(std::chrono::seconds(60), [&]() { return committed >= count; });
  };
  EXPECT_TRUE(reaches(300));
  primary.stop(SIGQUIT);
  standby->promote();
  EXPECT_TRUE(reaches(committed + 300));
  stop = true;
  for (std::thread& thread : threads) thread.join();
  std::set<int> stored;
  std::istringstream rows(standby->sql("SELECT x FROM t"));
  for (int number = 0; rows >> number;) stored.insert(number);
  for (const auto& [number, outcome] : outcomes) {
    if (outcome == Outcome::committed) {
      EXPECT_TRUE(stored.contains(number)) << number;
    } else if (outcome == Outcome::rolled_back) {
      EXPECT_FALSE(stored.contains(number)) << number;
    }
  }
}

// PostgreSQL reports such a commit as successful, with a warning.
TEST(FailOver, ACommitThatTheStandbyMayLackIsNotReportedAsDone) {
  SKIP_WITHOUT_POSTGRESQL();
  test::PostgresServer primary;
  const auto standby = primary.make_standby(true);
  primary.sql("CREATE TABLE t (x bigint PRIMARY KEY)");
  auto options = test::must(parse_connection_uri(primary.uri("public")));
  options.statement_timeout = std::chrono::milliseconds(200);
  ConnectionPool pool(options);
  ASSERT_TRUE(insert(pool, 1));
  standby->signal_all(SIGSTOP);
  const auto end = pool.transaction({}, [&](Connection& connection) -> Result<void> {
    connection.post("INSERT INTO t VALUES (2)");
    return {};
  });
  EXPECT_EQ(end.outcome, Outcome::unknown);
  standby->signal_all(SIGCONT);
  EXPECT_TRUE(test::eventually(std::chrono::seconds(30), [&]() { return insert(pool, 3).has_value(); }));
}

}  // namespace
}  // namespace convert::postgresql
