// SPDX-License-Identifier: MIT
// Through PgBouncer in transaction mode, as Debian has it: no named statements, no state of sessions.
#include <atomic>
#include <thread>
#include <vector>

#include "postgresql/connection_pool.hpp"
#include "unit/postgresql/postgres_fixture.hpp"

namespace convert::postgresql {
namespace {

class PoolerTest : public PostgresTest {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_PGBOUNCER();
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    create_table();
    pooler_ = std::make_unique<test::PgBouncer>(*server_, 2);
  }
  ConnectionOptions pooled_options(std::string_view schema) const {
    return test::must(parse_connection_uri(pooler_->uri(schema)));
  }

  std::unique_ptr<test::PgBouncer> pooler_;
};

TEST_F(PoolerTest, IsFoundOut) {
  EXPECT_TRUE(test::must(Connection::open(pooled_options(schema_)))->pooled());
  EXPECT_FALSE(connect()->pooled());
}

TEST_F(PoolerTest, SettingsHoldInEachTransactionAndStayNowhere) {
  const auto connection = test::must(Connection::open(pooled_options(schema_)));
  connection->set_flush(false);
  connection->begin();
  auto rows = connection->query(
      "SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('synchronous_commit')");
  ASSERT_TRUE(rows.next()) << connection->take_error()->message;
  EXPECT_EQ(rows.text(0), "4s");
  EXPECT_EQ(rows.text(1), "off");
  EXPECT_EQ(connection->execute("INSERT INTO t VALUES (1, 'one')"), 1);
  EXPECT_EQ(connection->commit(), Outcome::committed);
  connection->set_flush(true);
  EXPECT_EQ(connection->execute("INSERT INTO t VALUES (2, 'two')"), 1);  // finds its table without BEGIN, too
  EXPECT_EQ(count_rows(), "2");
  EXPECT_TRUE(connection->script("INSERT INTO t VALUES (3, 'three'); INSERT INTO t VALUES (4, 'four')"));
  EXPECT_EQ(count_rows(), "4");
  const auto other = test::must(Connection::open(pooled_options("elsewhere")));
  other->query("SELECT x FROM t");
  EXPECT_EQ(other->sqlstate(), "42P01");
}

// A trigger ends the server's session during the commit, also where it is that of a single statement.
TEST_F(PoolerTest, ALostServerLeavesTheOutcomeUnknown) {
  server_->sql("CREATE FUNCTION " + schema_ +
               ".leave() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
               "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(30); RETURN NULL; END $$; "
               "CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON " +
               schema_ + ".t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION " + schema_ +
               ".leave()");
  ConnectionPool pool(pooled_options(schema_));
  const auto insert = [](Connection& connection) -> Result<void> {
    connection.post("INSERT INTO t VALUES (1, '')");
    return {};
  };
  EXPECT_EQ(pool.transaction({}, insert).outcome, Outcome::unknown);
  EXPECT_EQ(pool.run({}, insert).outcome, Outcome::unknown);
}

TEST_F(PoolerTest, ManyClientsShareFewConnections) {
  ConnectionPool pool(pooled_options(schema_));
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i]() {
      for (int j = 0; j < 30; ++j) {
        const auto end = pool.transaction({}, [&](Connection& connection) -> Result<void> {
          connection.execute("INSERT INTO t VALUES ($1, $2)", i * 30 + j, "text");
          connection.execute("UPDATE t SET name = $2 WHERE x = $1", i * 30 + j, "other");
          return {};
        });
        if (!end) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(server_->sql("SELECT count(*) FROM " + schema_ + ".t WHERE name = 'other'"), "180");
}

}  // namespace
}  // namespace convert::postgresql
