// SPDX-License-Identifier: MIT
#include "postgresql/postgresql_connection.hpp"

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "sql/connection.hpp"
#include "unit/postgresql/postgres_fixture.hpp"

namespace convert::postgresql {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

static_assert(sql::Connection<Connection>);

class PostgresqlConnectionTest : public PostgresTest {};

TEST_F(PostgresqlConnectionTest, ReturnsValuesAsTheyWereGiven) {
  const auto connection = connect();
  const std::int64_t smallest = std::numeric_limits<std::int64_t>::min();
  const std::vector<std::string> texts = {"a", "", "\"quoted\" \\ , {}", "NULL"};
  const std::vector<std::int64_t> numbers = {1, -2, smallest};
  const std::string binary("\0\x01\xFF", 3);
  auto rows = connection->query("SELECT $1, $2, $3::text, $4, $5, $6, $7::bigint, $8", smallest, 0.1,
                                "it's ü", true, texts, numbers, std::optional<std::int64_t>(), Bytes{binary});
  ASSERT_TRUE(rows.next()) << connection->take_error()->message;
  EXPECT_EQ(rows.integer(0), smallest);
  EXPECT_EQ(rows.real(1), 0.1);
  EXPECT_EQ(rows.text(2), "it's ü");
  EXPECT_TRUE(rows.boolean(3));
  EXPECT_EQ(rows.texts(4), texts);
  EXPECT_EQ(rows.integers(5), numbers);
  EXPECT_TRUE(rows.is_null(6));
  EXPECT_EQ(rows.bytes(7), binary);
  EXPECT_FALSE(rows.next());
}

TEST_F(PostgresqlConnectionTest, StatementsShareARoundTrip) {
  create_table();
  const auto connection = connect();
  const auto before = connection->counts().round_trips;
  connection->begin();
  connection->post("INSERT INTO t VALUES ($1, $2)", 1, "one");
  const Ticket count = connection->post_query("SELECT count(*) FROM t");
  auto sum = connection->query("SELECT sum(x)::bigint FROM t");
  EXPECT_EQ(connection->counts().round_trips, before + 1);
  auto counted = connection->rows(count);
  ASSERT_TRUE(sum.next() && counted.next());
  EXPECT_EQ(counted.integer(0), 1);
  connection->post("INSERT INTO t VALUES ($1, $2)", 2, "two");
  EXPECT_EQ(connection->commit(), Outcome::committed);
  EXPECT_EQ(connection->counts().round_trips, before + 2);
  EXPECT_EQ(count_rows(), "2");
}

TEST_F(PostgresqlConnectionTest, AnErrorStaysUntilItIsTaken) {
  create_table();
  const auto connection = connect();
  connection->begin();
  connection->execute("INSERT INTO t VALUES ($1, $2)", 1, "one");
  connection->execute("INSERT INTO t VALUES ($1, $2)", 1, "again");
  connection->execute("INSERT INTO t VALUES ($1, $2)", 2, "two");
  EXPECT_TRUE(connection->failed());
  EXPECT_TRUE(is_unique_violation(connection->sqlstate()));
  EXPECT_EQ(connection->constraint(), "t_pkey");
  EXPECT_EQ(connection->commit(), Outcome::rolled_back);
  EXPECT_EQ(connection->take_error()->code, Errc::conflict);
  EXPECT_TRUE(connection->roll_back());
  EXPECT_EQ(count_rows(), "0");
  EXPECT_EQ(connection->execute("INSERT INTO t VALUES ($1, $2)", 3, "three"), 1);
  EXPECT_EQ(count_rows(), "1");
}

TEST_F(PostgresqlConnectionTest, PostedStatementsOutsideOfATransactionAreOne) {
  create_table();
  const auto connection = connect();
  connection->post("INSERT INTO t VALUES (1, 'one')");
  connection->post("INSERT INTO t VALUES (1, 'one again')");
  EXPECT_FALSE(connection->flush());
  EXPECT_TRUE(connection->roll_back());
  EXPECT_EQ(count_rows(), "0");
}

TEST_F(PostgresqlConnectionTest, ReportsAnErrorAtTheEndOfPostedStatements) {
  create_table();
  server_->sql("ALTER TABLE " + schema_ +
               ".t ADD CONSTRAINT later UNIQUE (name) DEFERRABLE INITIALLY DEFERRED");
  const auto connection = connect();
  connection->post("INSERT INTO t VALUES (1, 'same'), (2, 'same')");
  EXPECT_EQ(connection->finish(), Outcome::rolled_back);
  EXPECT_EQ(connection->constraint(), "later");
  EXPECT_TRUE(connection->roll_back());
  EXPECT_EQ(connection->execute("INSERT INTO t VALUES (3, 'same')"), 1);
  EXPECT_EQ(count_rows(), "1");
}

TEST_F(PostgresqlConnectionTest, WhatWasNotSentIsNotRun) {
  create_table();
  const auto connection = connect();
  connection->post("INSERT INTO t VALUES (1, 'one')");
  EXPECT_TRUE(connection->roll_back());
  ASSERT_TRUE(connection->flush());
  EXPECT_EQ(count_rows(), "0");
}

TEST_F(PostgresqlConnectionTest, PreparesAStatementAgainAfterAnError) {
  create_table();
  const auto connection = connect();
  for (int i = 0; i < 3; ++i) {
    connection->begin();
    connection->post("SELECT 1 / $1", i == 0 ? 0 : 1);
    connection->post("INSERT INTO t VALUES ($1, 'text')", i);  // its preparation was skipped at first
    if (connection->commit() != Outcome::committed) connection->roll_back();
  }
  EXPECT_FALSE(connection->failed());
  EXPECT_EQ(count_rows(), "2");
}

TEST_F(PostgresqlConnectionTest, ManyLargeStatementsDoNotBlock) {
  create_table();
  const auto connection = connect();
  const std::string text(100'000, 'x');
  for (int i = 0; i < 200; ++i) connection->post("SELECT $1::text || $2", text, std::to_string(i));
  EXPECT_TRUE(connection->flush());  // 20 MB in each direction
}

TEST_F(PostgresqlConnectionTest, RefusesTextThatCannotBeStored) {
  const auto connection = connect();
  connection->query("SELECT $1::text", std::string("a\0b", 3));
  EXPECT_EQ(connection->take_error()->code, Errc::invalid_argument);
  connection->query("SELECT $1::text", "\xFF");
  EXPECT_EQ(connection->take_error()->code, Errc::invalid_argument);
  EXPECT_TRUE(connection->roll_back());
}

TEST_F(PostgresqlConnectionTest, RunsAScriptInATransaction) {
  const auto connection = connect();
  connection->begin();
  ASSERT_TRUE(connection->script("CREATE TABLE t (x bigint, name text); INSERT INTO t VALUES (1, 'one')"));
  connection->post("INSERT INTO t VALUES (2, 'two')");
  EXPECT_EQ(connection->commit(), Outcome::committed);
  EXPECT_EQ(count_rows(), "2");
  EXPECT_FALSE(connection->script("INSERT INTO t VALUES (3, 'three'); SELECT nonsense"));
  connection->roll_back();
  EXPECT_EQ(count_rows(), "2");
}

TEST_F(PostgresqlConnectionTest, SetsItsLimits) {
  auto with_settings = options();
  with_settings.settings = {{"enable_seqscan", "off"}};
  const auto connection = test::must(Connection::open(with_settings));
  const auto setting = [&](std::string_view name) {
    auto rows = connection->query("SELECT current_setting($1)", name);
    return rows.next() ? rows.text(0) : "";
  };
  EXPECT_EQ(setting("search_path"), "\"" + schema_ + "\"");
  EXPECT_EQ(setting("idle_in_transaction_session_timeout"), "4s");
  EXPECT_EQ(setting("statement_timeout"), "15s");
  EXPECT_EQ(setting("synchronous_commit"), "on");
  EXPECT_EQ(setting("enable_seqscan"), "off");
  EXPECT_FALSE(connection->pooled());
  connection->set_flush(false);
  EXPECT_EQ(setting("synchronous_commit"), "off");
  connection->set_flush(true);
  EXPECT_EQ(setting("synchronous_commit"), "on");
}

TEST_F(PostgresqlConnectionTest, CommitsDurablyForARoleThatDoesNot) {
  server_->sql(
      "CREATE ROLE careless SUPERUSER LOGIN; ALTER ROLE careless SET synchronous_commit = off;"
      "CREATE ROLE local_only SUPERUSER LOGIN; ALTER ROLE local_only SET synchronous_commit = local");
  for (const auto& [role, expected] : {std::pair("careless", "on"), std::pair("local_only", "local")}) {
    auto as_role = server_->uri(schema_);
    as_role.replace(as_role.find("user=postgres"), 13, std::string("user=") + role);
    const auto connection = test::must(Connection::open(test::must(parse_connection_uri(as_role))));
    auto rows = connection->query("SHOW synchronous_commit");
    ASSERT_TRUE(rows.next());
    EXPECT_EQ(rows.text(0), expected) << role;
  }
  server_->sql("DROP ROLE careless; DROP ROLE local_only");
}

TEST_F(PostgresqlConnectionTest, TheServerEndsAStatementThatTakesTooLong) {
  auto short_limit = options();
  short_limit.statement_timeout = std::chrono::milliseconds(50);
  const auto connection = test::must(Connection::open(short_limit));
  connection->query("SELECT pg_sleep(30)");
  const auto error = connection->take_error();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::unavailable);
  EXPECT_TRUE(error->retryable);
  EXPECT_TRUE(connection->roll_back());
}

TEST_F(PostgresqlConnectionTest, TheServerEndsATransactionThatStops) {
  create_table();
  auto short_limit = options();
  short_limit.idle_in_transaction_timeout = std::chrono::milliseconds(100);
  const auto connection = test::must(Connection::open(short_limit));
  connection->begin();
  connection->execute("INSERT INTO t VALUES (1, 'one')");
  const std::string open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'";
  EXPECT_TRUE(test::eventually(std::chrono::seconds(30), [&]() { return server_->sql(open) == "0"; }));
  connection->execute("INSERT INTO t VALUES (2, 'two')");
  EXPECT_EQ(connection->commit(), Outcome::rolled_back);
  EXPECT_EQ(connection->remedy(), Remedy::reconnect);
  EXPECT_FALSE(connection->roll_back());
}

TEST_F(PostgresqlConnectionTest, ReportsWhatIsWrongAtTheStart) {
  const auto error_of = [](const std::string& uri) {
    const auto opened = Connection::open(test::must(parse_connection_uri(uri)));
    return opened ? Error{Errc::internal, "connected"} : opened.error();
  };
  server_->sql("CREATE ROLE alice LOGIN PASSWORD 'right'");
  const auto wrong_password = error_of(server_->tcp_uri("alice", "wrong") + "?sslmode=disable");
  EXPECT_EQ(wrong_password.code, Errc::invalid_argument);
  EXPECT_THAT(wrong_password.message, HasSubstr("Check the user name and the password."));
  EXPECT_THAT(wrong_password.message, testing::Not(HasSubstr("wrong")));
  const auto no_tls = error_of(server_->tcp_uri("alice", "right"));
  EXPECT_THAT(no_tls.message, HasSubstr("sslmode=disable"));
  auto missing = server_->uri();
  missing.replace(missing.find("/postgres?"), 10, "/missing?");
  EXPECT_THAT(error_of(missing).message, HasSubstr("missing"));
  EXPECT_EQ(error_of(missing).code, Errc::invalid_argument);
  const auto nothing_there = error_of("postgresql:///d?host=/nonexistent");
  EXPECT_EQ(nothing_there.code, Errc::unavailable);
  EXPECT_TRUE(nothing_there.retryable);
  server_->sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  auto latin = server_->uri();
  latin.replace(latin.find("/postgres?"), 10, "/latin?");
  EXPECT_THAT(error_of(latin).message, HasSubstr("UTF8"));
  server_->sql("DROP DATABASE latin; DROP ROLE alice");
}

}  // namespace
}  // namespace convert::postgresql
