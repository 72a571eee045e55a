// SPDX-License-Identifier: MIT
#include "postgresql/connection_pool.hpp"

#include <signal.h>

#include <atomic>
#include <latch>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "unit/postgresql/postgres_fixture.hpp"

namespace convert::postgresql {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// Ends the session of a connection as a restart of the server would.
void end_session(Connection& connection, const test::PostgresServer& server) {
  auto rows = connection.query("SELECT pg_backend_pid()");
  ASSERT_TRUE(rows.next());
  server.sql("SELECT pg_terminate_backend(" + rows.text(0) + ", 30000)");
}

class ConnectionPoolTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    create_table();
    pool_.emplace(options());
  }

  std::optional<ConnectionPool> pool_;
};

TEST_F(ConnectionPoolTest, CommitsOrLeavesNothing) {
  const auto committed = pool_->transaction({}, [](Connection& connection) -> Result<void> {
    connection.post("INSERT INTO t VALUES (1, 'one')");
    return {};
  });
  EXPECT_TRUE(committed);
  const auto refused = pool_->transaction({}, [](Connection& connection) -> Result<void> {
    connection.execute("INSERT INTO t VALUES (2, 'two')");
    return Error{Errc::conflict, "changed my mind"};
  });
  EXPECT_EQ(refused.outcome, Outcome::rolled_back);
  EXPECT_EQ(refused.error->message, "changed my mind");
  const auto failed = pool_->transaction({}, [](Connection& connection) -> Result<void> {
    connection.post("INSERT INTO t VALUES (1, 'again')");
    return {};
  });
  EXPECT_EQ(failed.error->code, Errc::conflict);
  EXPECT_THROW((void)pool_->transaction({},
                                        [](Connection& connection) -> Result<void> {
                                          connection.execute("INSERT INTO t VALUES (3, 'three')");
                                          throw std::runtime_error("no");
                                        }),
               std::runtime_error);
  EXPECT_EQ(count_rows(), "1");
  EXPECT_EQ(pool_->counts().connections_opened, 1U);
}

TEST_F(ConnectionPoolTest, RunsAgainAfterADeadlock) {
  server_->sql("INSERT INTO " + schema_ + ".t VALUES (1, ''), (2, '')");
  std::latch both_hold(2);
  std::atomic<int> runs = 0;
  const auto add_to_both = [&](int first, int second) {
    bool met = false;
    const auto end = pool_->transaction({}, [&](Connection& connection) -> Result<void> {
      ++runs;
      connection.execute("UPDATE t SET name = name || 'x' WHERE x = $1", first);
      if (!met) both_hold.arrive_and_wait();
      met = true;
      connection.execute("UPDATE t SET name = name || 'x' WHERE x = $1", second);
      return {};
    });
    EXPECT_TRUE(end) << end.error->message;
  };
  std::thread other([&]() { add_to_both(2, 1); });
  add_to_both(1, 2);
  other.join();
  EXPECT_GE(runs, 3);
  EXPECT_EQ(server_->sql("SELECT string_agg(name, ',') FROM " + schema_ + ".t"), "xx,xx");
}

TEST_F(ConnectionPoolTest, RunsAgainOnAnotherConnection) {
  int runs = 0;
  const auto end = pool_->transaction({}, [&](Connection& connection) -> Result<void> {
    if (++runs == 1) end_session(connection, *server_);
    connection.execute("INSERT INTO t VALUES (1, 'one')");
    return {};
  });
  EXPECT_TRUE(end);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(count_rows(), "1");
}

TEST_F(ConnectionPoolTest, ARestartOfTheServerBetweenOperationsIsNotNoticed) {
  const auto insert = [&](int number) {
    return pool_->run({}, [&](Connection& connection) -> Result<void> {
      connection.post("INSERT INTO t VALUES ($1, '')", number);
      return {};
    });
  };
  EXPECT_TRUE(insert(1));
  server_->restart();
  EXPECT_TRUE(insert(2));
  EXPECT_EQ(count_rows(), "2");
}

TEST_F(ConnectionPoolTest, ReportsThatTheServerIsDown) {
  server_->stop(SIGINT);
  const auto down = pool_->read([](Connection&) -> Result<void> { return {}; });
  server_->start();
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, Errc::unavailable);
  EXPECT_TRUE(down.error().retryable);
  EXPECT_TRUE(test::eventually(std::chrono::seconds(30), [&]() {
    return pool_->read([](Connection&) -> Result<void> { return {}; }).has_value();
  }));
}

// A trigger ends the session during the commit: the client cannot know whether it happened.
TEST_F(ConnectionPoolTest, ReportsAnUnknownOutcome) {
  server_->sql("CREATE FUNCTION " + schema_ +
               ".leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(30); RETURN NULL; END $$; "
               "CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON " +
               schema_ +
               ".t DEFERRABLE INITIALLY DEFERRED "
               "FOR EACH ROW WHEN (NEW.x = 1) EXECUTE FUNCTION " +
               schema_ + ".leave()");
  int runs = 0;
  const auto insert = [&](Connection& connection) -> Result<void> {
    connection.post("INSERT INTO t VALUES ($1, '')", ++runs);
    return {};
  };
  const auto end = pool_->transaction({}, insert);
  EXPECT_EQ(end.outcome, Outcome::unknown);
  EXPECT_EQ(end.error->code, Errc::unavailable);
  EXPECT_THAT(end.error->message, StartsWith("The outcome of a commit is unknown"));
  EXPECT_EQ(runs, 1);
  runs = 0;
  EXPECT_TRUE(pool_->transaction({.idempotent = true}, insert));
  EXPECT_EQ(runs, 2);
}

TEST_F(ConnectionPoolTest, SharesItsConnections) {
  auto few = options();
  few.max_connections = 2;
  ConnectionPool pool(few);
  std::atomic<int> running = 0;
  std::atomic<bool> too_many = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i]() {
      for (int j = 0; j < 20; ++j) {
        const auto done = pool.run({}, [&](Connection& connection) -> Result<void> {
          if (++running > 2) too_many = true;
          connection.execute("INSERT INTO t VALUES ($1, '')", i * 20 + j);
          --running;
          return {};
        });
        EXPECT_TRUE(done);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(too_many);
  EXPECT_EQ(count_rows(), "160");
  EXPECT_LE(pool.counts().connections_opened, 2U);
  EXPECT_EQ(pool.counts().retries, 0U);
}

TEST_F(ConnectionPoolTest, CallsAHookBetweenStatements) {
  std::vector<std::string> statements;
  auto hooked = options();
  hooked.before_statement = [&](std::string_view statement) { statements.emplace_back(statement); };
  ConnectionPool pool(hooked);
  EXPECT_TRUE(pool.read([](Connection&) -> Result<void> { return {}; }));
  statements.clear();
  EXPECT_TRUE(pool.transaction({}, [&](Connection& connection) -> Result<void> {
    connection.post("INSERT INTO t VALUES (1, '')");
    connection.post("INSERT INTO t VALUES (2, '')");
    return {};
  }));
  EXPECT_THAT(statements,
              testing::ElementsAre(StartsWith("BEGIN"), HasSubstr("(1"), HasSubstr("(2"), "COMMIT"));
}

TEST_F(ConnectionPoolTest, ANewerVersionMayAddColumns) {
  const auto read_all = [&]() {
    return pool_->read([](Connection& connection) -> Result<void> {
      connection.query("SELECT * FROM t");
      return {};
    });
  };
  EXPECT_TRUE(read_all());
  server_->sql("ALTER TABLE " + schema_ + ".t ADD COLUMN more text");
  EXPECT_TRUE(read_all());
}

}  // namespace
}  // namespace convert::postgresql
