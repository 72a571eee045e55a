// SPDX-License-Identifier: MIT
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgresql/connection_pool.hpp"
#include "support/postgres_server.hpp"
#include "support/test_helpers.hpp"

namespace convert::postgresql {
namespace {

using testing::HasSubstr;

constexpr std::size_t kDiskSize = 8'000'000;

TEST(FullDisk, IsARetryableErrorThatLeavesNothing) {
  SKIP_WITHOUT_POSTGRESQL();
  const test::SmallDisk disk(kDiskSize);
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount";
  const auto tables = disk.path() / "tables";
  std::filesystem::create_directory(tables);
  test::own_by_unprivileged(tables);
  test::PostgresServer server;
  server.sql("CREATE TABLESPACE small LOCATION '" + tables.string() + "'");
  server.sql(
      "CREATE TABLE t (x bigint PRIMARY KEY, name text) TABLESPACE small; "
      "ALTER TABLE t ALTER name SET STORAGE PLAIN");
  ConnectionPool pool(test::must(parse_connection_uri(server.uri("public"))));
  const auto insert = [&](int number) {
    return pool.transaction({}, [&](Connection& connection) -> Result<void> {
      connection.post("INSERT INTO t VALUES ($1, '')", -number);
      for (int row = 0; row < 100; ++row)
        connection.post("INSERT INTO t VALUES ($1, $2)", number * 100 + row, std::string(5000, 'x'));
      return {};
    });
  };
  test::write_file(disk.path() / "other", std::string(kDiskSize / 2, 'x'));
  int inserted = 0;
  while (insert(inserted + 1)) ASSERT_LT(++inserted, 100);
  const auto full = insert(inserted + 1);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.outcome, Outcome::rolled_back);
  EXPECT_EQ(full.error->code, Errc::io);
  EXPECT_TRUE(full.error->retryable);
  EXPECT_THAT(full.error->message, HasSubstr("The disk of the database is full: free some space"));
  EXPECT_EQ(server.sql("SELECT count(*) FROM t"), std::to_string(101 * inserted));
  std::filesystem::remove(disk.path() / "other");
  EXPECT_TRUE(insert(inserted + 1));
}

}  // namespace
}  // namespace convert::postgresql
