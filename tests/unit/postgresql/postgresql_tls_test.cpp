// SPDX-License-Identifier: MIT
#include <string>

#include <gmock/gmock.h>

#include "postgresql/postgresql_connection.hpp"
#include "support/postgres_server.hpp"
#include "support/shell_command.hpp"
#include "support/test_helpers.hpp"

namespace convert::postgresql {
namespace {

using testing::HasSubstr;

TEST(PostgresqlTls, IsVerified) {
  SKIP_WITHOUT_POSTGRESQL();
  SKIP_WITHOUT_PROGRAMS("openssl");
  test::PostgresServer server({.tls = true});
  server.sql("CREATE ROLE alice LOGIN PASSWORD 'right'");
  const auto error_of = [&](const std::string& more) {
    const auto opened =
        Connection::open(test::must(parse_connection_uri(server.tcp_uri("alice", "right") + "?" + more)));
    return opened ? std::string("connected") : opened.error().message;
  };
  const std::string authority = "sslrootcert=" + server.authority().string();
  EXPECT_EQ(error_of(authority), "connected");
  EXPECT_EQ(error_of("sslmode=require"), "connected");
  EXPECT_THAT(error_of("schema=convert"), HasSubstr("sslrootcert"));  // an authority of its own
  EXPECT_THAT(error_of("sslmode=verify-ca"), HasSubstr("sslrootcert"));
  EXPECT_THAT(error_of("sslrootcert=/nonexistent"), HasSubstr("sslrootcert"));
  EXPECT_THAT(error_of(authority + "&hostaddr=127.0.0.1&host=other.example"), HasSubstr("another host name"));
}

TEST(PostgresqlTls, IsNotLeftOutForAServerWithoutIt) {
  SKIP_WITHOUT_POSTGRESQL();
  const auto& server = test::PostgresServer::shared();
  const auto opened = Connection::open(test::must(parse_connection_uri(server.tcp_uri("alice", "right"))));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::invalid_argument);
  EXPECT_THAT(opened.error().message, HasSubstr("Switch TLS on in the server"));
}

}  // namespace
}  // namespace convert::postgresql
