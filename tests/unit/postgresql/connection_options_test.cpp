// SPDX-License-Identifier: MIT
#include "postgresql/connection_options.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgresql/postgresql_errors.hpp"
#include "support/test_helpers.hpp"

namespace convert::postgresql {
namespace {

using test::must;
using testing::HasSubstr;
using testing::Not;

std::optional<std::string> parameter(const ConnectionOptions& options, std::string_view name) {
  for (const auto& [keyword, value] : options.parameters) {
    if (keyword == name) return value;
  }
  return std::nullopt;
}

void expect_refused(std::string_view uri, Errc code, const std::string& part) {
  const auto parsed = parse_connection_uri(uri);
  ASSERT_FALSE(parsed) << uri;
  EXPECT_EQ(parsed.error().code, code);
  EXPECT_FALSE(parsed.error().retryable);
  EXPECT_THAT(parsed.error().message, HasSubstr(part));
  EXPECT_THAT(parsed.error().message, Not(HasSubstr("secret")));
}

TEST(ConnectionUri, VerifiesTheServerUnlessAnotherModeIsNamed) {
  EXPECT_EQ(parameter(must(parse_connection_uri("postgresql://u@h/d")), "sslmode"), "verify-full");
  EXPECT_EQ(parameter(must(parse_connection_uri("postgresql://u@h/d?sslmode=disable")), "sslmode"),
            "disable");
}

TEST(ConnectionUri, AListOfHostsFindsThePrimary) {
  const auto options = must(parse_connection_uri("postgresql://u@h1:1,h2:2/d"));
  EXPECT_EQ(parameter(options, "host"), "h1,h2");
  EXPECT_EQ(parameter(options, "target_session_attrs"), "read-write");
  EXPECT_EQ(options.target, "database d at h1:1,h2:2");
}

TEST(ConnectionUri, TakesItsOwnOptions) {
  const auto options =
      must(parse_connection_uri("postgresql://u@h/d?schema=jobs_2&connect_timeout=3&max_connections=4"));
  EXPECT_EQ(options.schema, "jobs_2");
  EXPECT_EQ(options.max_connections, 4U);
  EXPECT_EQ(parameter(options, "connect_timeout"), "3");
  EXPECT_FALSE(parameter(options, "schema"));
  EXPECT_EQ(must(parse_connection_uri("postgresql://u@h/d")).schema, "convert");
}

TEST(ConnectionUri, AcceptsTheOtherFormsOfLibpq) {
  EXPECT_EQ(parameter(must(parse_connection_uri("postgres://h/d")), "host"), "h");
  EXPECT_EQ(parameter(must(parse_connection_uri("postgresql:///d?host=/run/x")), "host"), "/run/x");
  EXPECT_EQ(parameter(must(parse_connection_uri("postgresql://%2Frun%2Fx/d")), "host"), "/run/x");
  EXPECT_EQ(parameter(must(parse_connection_uri("postgresql://u:p%40w@h/d")), "password"), "p@w");
}

TEST(ConnectionUri, ReadsThePasswordOfTheEnvironment) {
  ::setenv("PGPASSWORD", "from environment", 1);
  const auto options = must(parse_connection_uri("postgresql://u@h/d"));
  ::unsetenv("PGPASSWORD");
  EXPECT_EQ(options.password, "from environment");
}

TEST(ConnectionUri, RefusesTyposWithASentence) {
  expect_refused("mysql://h/d", Errc::invalid_argument, "postgresql://user@host");
  expect_refused("postgresql:d", Errc::invalid_argument, "does not start with");
  expect_refused("postgresql://u:secret@h/d?sslmod=require", Errc::unsupported, "Did you mean \"sslmode\"?");
  expect_refused("postgresql://h/d?colour=red", Errc::unsupported, "has no option \"colour\"");
  expect_refused("postgresql://h/d?replication=1", Errc::unsupported, "has no option");
  expect_refused("postgresql://h/d?schema=", Errc::invalid_argument, "schema");
  expect_refused("postgresql://h/d?schema=Jobs", Errc::invalid_argument, "lower-case");
  expect_refused("postgresql://h/d?schema=pg_x", Errc::invalid_argument, "pg_");
  expect_refused("postgresql://h/d?schema=a%22b", Errc::invalid_argument, "schema");
  expect_refused("postgresql://h/d?max_connections=0", Errc::invalid_argument, "1 to 1000");
  expect_refused("postgresql://h/d?sslmode=disable&sslmode=require", Errc::invalid_argument, "repeats");
  expect_refused("postgresql://h/d?sslmode", Errc::invalid_argument, "without a name or a value");
}

TEST(ConnectionUri, DoesNotQuoteAPasswordThatWasNotEncoded) {
  expect_refused("postgresql://u:sec/secret@h/d", Errc::invalid_argument, "percent-encode");
  expect_refused("postgresql://u:%zzsecret@h/d", Errc::invalid_argument, "percent-encode");
  expect_refused("postgresql://secret:x/d", Errc::invalid_argument, "port");
  expect_refused("postgresql://u:a?secret=b@h/d?sslmod=disable", Errc::unsupported, "\"sslmod\"");
}

TEST(PostgresqlErrors, MessagesHideThePassword) {
  const auto options = must(parse_connection_uri("postgresql://u:hunter2@h/d"));
  EXPECT_THAT(connect_error("wrong: hunter2", options).message, Not(HasSubstr("hunter2")));
  EXPECT_THAT(postgresql_error("XX000", "hunter2\n", options).message, Not(HasSubstr("hunter2")));
}

TEST(PostgresqlErrors, KnowWhatToDo) {
  const ConnectionOptions options;
  EXPECT_EQ(remedy_for("40P01"), Remedy::run_again);
  EXPECT_EQ(remedy_for("40001"), Remedy::run_again);
  EXPECT_EQ(remedy_for(""), Remedy::reconnect);
  EXPECT_EQ(remedy_for("57P01"), Remedy::reconnect);
  EXPECT_EQ(remedy_for("23505"), Remedy::none);
  EXPECT_TRUE(postgresql_error("53100", "no space", options).retryable);
  EXPECT_EQ(postgresql_error("53100", "no space", options).code, Errc::io);
  EXPECT_FALSE(postgresql_error("28P01", "wrong password", options).retryable);
  EXPECT_EQ(postgresql_error("42601", "syntax error", options).code, Errc::internal);
}

}  // namespace
}  // namespace convert::postgresql
