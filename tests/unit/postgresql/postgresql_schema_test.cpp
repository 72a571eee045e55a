// SPDX-License-Identifier: MIT
#include "postgresql/postgresql_schema.hpp"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "unit/postgresql/postgres_fixture.hpp"

namespace convert::postgresql {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view kFirst = R"(
CREATE TABLE things (
  id {id},
  name {text} NOT NULL DEFAULT 'a;b'
);
INSERT INTO things (name) VALUES ('one; two');
CREATE INDEX things_name ON things (name);
)";
constexpr std::string_view kSecond = "ALTER TABLE things ADD COLUMN more {text} NOT NULL DEFAULT '{}'";
constexpr std::array kOld = {sql::Migration{1, 1, kFirst}};
constexpr std::array kNew = {sql::Migration{1, 1, kFirst}, sql::Migration{2, 1, kSecond}};
constexpr std::array kBroken = {
    sql::Migration{1, 1, kFirst},
    sql::Migration{2, 1, "CREATE TABLE other (x bigint);\nDROP TABLE missing;\n"}};

class PostgresqlSchemaTest : public PostgresTest {
 protected:
  std::string in_schema(const std::string& statements) const {
    return server_->sql("SET search_path = " + schema_ + "; " + statements);
  }
};

TEST_F(PostgresqlSchemaTest, AppliesTheStepsThatAreMissing) {
  ConnectionPool pool(options());
  EXPECT_EQ(test::must(schema_version(pool, "things")), (sql::SchemaVersion{0, 0}));
  EXPECT_EQ(test::must(migrate(pool, {"things", kOld})), 1);
  EXPECT_THAT(in_schema("SELECT name FROM things"), HasSubstr("one; two")) << "a semicolon inside a line";
  EXPECT_EQ(test::must(migrate(pool, {"things", kNew})), 1);
  EXPECT_EQ(test::must(migrate(pool, {"things", kNew})), 0);
  EXPECT_EQ(test::must(schema_version(pool, "things")), (sql::SchemaVersion{2, 1}));
  EXPECT_THAT(in_schema("SELECT more FROM things"), HasSubstr("{}"));
}

TEST_F(PostgresqlSchemaTest, AnOlderBuildUsesANewerSchemaThatPermitsIt) {
  ConnectionPool pool(options());
  ASSERT_TRUE(migrate(pool, {"things", kNew}));
  EXPECT_TRUE(require_schema(pool, {"things", kOld}));
  EXPECT_EQ(test::must(schema_version(pool, "things")).version, 2) << "it stays as it is";
  in_schema("UPDATE schema_versions SET version = 9, oldest = 8");
  const auto refused = require_schema(pool, {"things", kNew});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("version 9"), HasSubstr("version 8 or later")));
}

TEST_F(PostgresqlSchemaTest, ComponentsHaveTheirOwnVersions) {
  ConnectionPool pool(options());
  constexpr std::array kOther = {sql::Migration{1, 1, "CREATE TABLE others (x bigint)"}};
  EXPECT_EQ(test::must(migrate(pool, {"things", kNew})), 2);
  EXPECT_EQ(test::must(migrate(pool, {"others", kOther})), 1);
  EXPECT_EQ(test::must(schema_version(pool, "things")).version, 2);
  EXPECT_EQ(test::must(schema_version(pool, "others")).version, 1);
}

TEST_F(PostgresqlSchemaTest, CreatesTheSchema) {
  server_->sql("DROP SCHEMA " + schema_);
  ConnectionPool pool(options());
  EXPECT_TRUE(require_schema(pool, {"things", kNew}));
  EXPECT_THAT(in_schema("SELECT count(*) FROM things"), HasSubstr("1"));
}

TEST_F(PostgresqlSchemaTest, AStepThatFailsLeavesNothing) {
  ConnectionPool pool(options());
  const auto failed = migrate(pool, {"things", kBroken});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("missing"));
  EXPECT_EQ(test::must(schema_version(pool, "things")).version, 1) << "the step before it";
  EXPECT_THAT(in_schema("SELECT to_regclass('other') IS NULL"), HasSubstr("t"));
  EXPECT_EQ(test::must(migrate(pool, {"things", kNew})), 1) << "a corrected build goes on";
}

TEST_F(PostgresqlSchemaTest, ManyAtOnceApplyEachStepOnce) {
  std::atomic<int> steps = 0;
  std::vector<std::thread> threads;
  for (int n = 0; n < 6; ++n) {
    threads.emplace_back([&] {
      ConnectionPool pool(options());
      const auto applied = migrate(pool, {"things", kNew});
      EXPECT_TRUE(applied) << applied.error().message;
      steps += applied.value_or(0);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(steps, 2);
  EXPECT_THAT(in_schema("SELECT count(*) FROM things"), HasSubstr("1"));
}

/// Longer than lock_timeout: a slow step of another process is no error.
TEST_F(PostgresqlSchemaTest, WaitsForAnotherMigration) {
  auto impatient = options();
  impatient.lock_timeout = std::chrono::milliseconds(50);
  auto holder = connect();
  holder->begin();
  holder->post("SELECT pg_advisory_xact_lock(hashtextextended('convert.schema_versions.' || $1, 0))",
               schema_);
  ASSERT_TRUE(holder->flush());
  std::atomic<bool> done = false;
  std::thread other([&] {
    ConnectionPool pool(impatient);
    EXPECT_TRUE(migrate(pool, {"things", kNew}));
    done = true;
  });
  EXPECT_TRUE(test::eventually(std::chrono::seconds(3), [&] {
    return server_->sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") != "0";
  }));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // past the limit for other locks
  EXPECT_FALSE(done);
  EXPECT_EQ(holder->commit(), Outcome::committed);
  other.join();
}

TEST_F(PostgresqlSchemaTest, MigratesThroughAPooler) {
  SKIP_WITHOUT_PGBOUNCER();
  const test::PgBouncer pooler(*server_, 2);
  ConnectionPool pool(test::must(parse_connection_uri(pooler.uri(schema_))));
  EXPECT_EQ(test::must(migrate(pool, {"things", kNew})), 2);
  EXPECT_EQ(test::must(schema_version(pool, "things")).version, 2);
}

TEST_F(PostgresqlSchemaTest, ARoleWithoutRightsNeedsAMigration) {
  const auto role = schema_ + "_role";
  server_->sql("CREATE ROLE " + role + " LOGIN PASSWORD 'pw'; GRANT USAGE ON SCHEMA " + schema_ + " TO " +
               role);
  ConnectionPool pool(
      test::must(parse_connection_uri(server_->tcp_uri(role, "pw") + "?sslmode=disable&schema=" + schema_)));
  const auto refused = require_schema(pool, {"things", kNew});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("convertd migrate"), HasSubstr(role)));
}

}  // namespace
}  // namespace convert::postgresql
