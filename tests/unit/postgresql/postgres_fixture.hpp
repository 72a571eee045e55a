// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "postgresql/connection_options.hpp"
#include "postgresql/postgresql_connection.hpp"
#include "support/postgres_server.hpp"
#include "support/test_helpers.hpp"

/// A fixture for tests on the program's PostgreSQL server, with a schema for each test.
namespace convert::postgresql {

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT_POSTGRESQL();
    server_ = &test::PostgresServer::shared();
    schema_ = test::PostgresServer::unique_schema();
    server_->sql("CREATE SCHEMA " + schema_);
  }

  ConnectionOptions options() const { return test::must(parse_connection_uri(server_->uri(schema_))); }
  std::unique_ptr<Connection> connect() const { return test::must(Connection::open(options())); }
  /// Creates "t (x bigint PRIMARY KEY, name text)".
  void create_table() const {
    server_->sql("CREATE TABLE " + schema_ + ".t (x bigint PRIMARY KEY, name text COLLATE \"C\")");
  }
  std::string count_rows() const { return server_->sql("SELECT count(*) FROM " + schema_ + ".t"); }

  test::PostgresServer* server_ = nullptr;
  std::string schema_;
};

}  // namespace convert::postgresql
