// SPDX-License-Identifier: MIT
// What an operator may get wrong, and what a database may refuse: a sentence that names the remedy.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgresql/connection_pool.hpp"
#include "unit/postgresql/postgres_fixture.hpp"

namespace convert::postgresql {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class PostgresqlRefusalsTest : public PostgresTest {
 protected:
  /// The role is named after the schema, and has the password "secret".
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    role_ = schema_ + "_role";
    server_->sql("CREATE ROLE " + role_ + " LOGIN PASSWORD 'secret'");
  }
  Error error_of(const std::string& uri) const {
    const auto opened = Connection::open(test::must(parse_connection_uri(uri)));
    return opened ? Error{Errc::internal, "connected"} : opened.error();
  }
  std::string role_uri(const std::string& database, const std::string& password = "secret") const {
    auto uri = server_->tcp_uri(role_, password);
    uri.replace(uri.rfind('/') + 1, std::string::npos, database);
    return uri + "?sslmode=disable";
  }

  std::string role_;
};

TEST_F(PostgresqlRefusalsTest, AWrongPassword) {
  const auto error = error_of(role_uri("postgres", "wr0ng"));
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_FALSE(error.retryable);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("Check the user name and the password"), Not(HasSubstr("wr0ng"))));
}

TEST_F(PostgresqlRefusalsTest, NoPassword) {
  const auto error = error_of("postgresql://" + role_ + "@localhost:" + std::to_string(server_->port()) +
                              "/postgres?sslmode=disable&passfile=/nonexistent");
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_THAT(error.message, AllOf(HasSubstr("DATABASE_URL"), HasSubstr("PGPASSWORD")));
}

TEST_F(PostgresqlRefusalsTest, AMissingDatabaseOrRole) {
  const auto database = error_of(role_uri("nowhere"));
  EXPECT_EQ(database.code, Errc::invalid_argument);
  EXPECT_THAT(database.message, AllOf(HasSubstr("Create the role or the database"), HasSubstr("nowhere")));
  auto uri = server_->uri();
  uri.replace(uri.find("user=postgres"), 13, "user=missing_role");
  const auto role = error_of(uri);
  EXPECT_EQ(role.code, Errc::invalid_argument);
  EXPECT_THAT(role.message, AllOf(HasSubstr("Create the role or the database"), HasSubstr("missing_role")));
}

TEST_F(PostgresqlRefusalsTest, AServerThatDoesNotRun) {
  const auto port = std::to_string(test::free_port());
  const auto error = error_of("postgresql://u@localhost:" + port + "/d?sslmode=disable");
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_TRUE(error.retryable);
  EXPECT_THAT(error.message, AllOf(HasSubstr("database d at localhost:" + port), HasSubstr("server runs")));
}

TEST_F(PostgresqlRefusalsTest, AReadOnlyDatabase) {
  server_->sql("CREATE DATABASE " + schema_ + "_db");
  server_->sql("ALTER DATABASE " + schema_ + "_db SET default_transaction_read_only = on");
  const auto error = error_of(role_uri(schema_ + "_db"));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_TRUE(error.retryable) << "it may become a primary server";
  EXPECT_THAT(error.message, HasSubstr("takes no writes"));
}

TEST_F(PostgresqlRefusalsTest, AWriteInAReadOnlyTransaction) {
  create_table();
  ConnectionPool pool(options());
  const auto end = pool.run({}, [](Connection& connection) -> Result<void> {
    connection.post("SET TRANSACTION READ ONLY");
    connection.post("INSERT INTO t VALUES (1, '')");
    return {};
  });
  ASSERT_FALSE(end);
  EXPECT_EQ(end.outcome, Outcome::rolled_back);
  EXPECT_EQ(end.error->code, Errc::unavailable);
  EXPECT_THAT(end.error->message, HasSubstr("takes no writes"));
}

TEST_F(PostgresqlRefusalsTest, AnotherEncoding) {
  server_->sql("CREATE DATABASE " + schema_ + "_db ENCODING 'SQL_ASCII' TEMPLATE template0");
  const auto error = error_of(role_uri(schema_ + "_db"));
  EXPECT_EQ(error.code, Errc::unsupported);
  EXPECT_THAT(error.message, HasSubstr("Create it with the encoding UTF8"));
}

TEST_F(PostgresqlRefusalsTest, TooManyConnections) {
  server_->sql("CREATE DATABASE " + schema_ + "_db CONNECTION LIMIT 1");
  const auto first = Connection::open(test::must(parse_connection_uri(role_uri(schema_ + "_db"))));
  ASSERT_TRUE(first);
  const auto error = error_of(role_uri(schema_ + "_db"));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_TRUE(error.retryable);
}

TEST_F(PostgresqlRefusalsTest, ARoleWithoutRights) {
  create_table();
  ConnectionPool pool(test::must(parse_connection_uri(role_uri("postgres") + "&schema=" + schema_)));
  server_->sql("GRANT USAGE ON SCHEMA " + schema_ + " TO " + role_);
  const auto end = pool.run({}, [](Connection& connection) -> Result<void> {
    connection.post("INSERT INTO t VALUES (1, '')");
    return {};
  });
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error->code, Errc::invalid_argument);
  EXPECT_FALSE(end.error->retryable);
  EXPECT_THAT(end.error->message, HasSubstr("lacks a right"));
}

}  // namespace
}  // namespace convert::postgresql
