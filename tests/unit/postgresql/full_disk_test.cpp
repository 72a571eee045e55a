// SPDX-License-Identifier: MIT
#include <filesystem>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgresql/connection_pool.hpp"
#include "support/postgres_server.hpp"
#include "support/small_disk.hpp"
#include "support/test_helpers.hpp"

namespace convert::postgresql {
namespace {

using testing::HasSubstr;

constexpr std::uint64_t kDiskSize = 8'000'000;
constexpr int kRows = 101;

/// Inserts rows of 500 KB with the keys from `first` on.
TransactionEnd insert_rows(ConnectionPool& pool, int first) {
  return pool.transaction({}, [first](Connection& connection) -> Result<void> {
    for (int row = 0; row < kRows; ++row)
      connection.post("INSERT INTO t VALUES ($1, $2)", first + row, std::string(5000, 'x'));
    return {};
  });
}

void fill_tables(const std::filesystem::path& disk) {
  const auto tables = disk / "tables";
  std::filesystem::create_directory(tables);
  test::own_by_unprivileged(tables);
  test::PostgresServer server;
  server.sql("CREATE TABLESPACE small LOCATION '" + tables.string() + "'");
  server.sql(
      "CREATE TABLE t (x bigint PRIMARY KEY, name text) TABLESPACE small; "
      "ALTER TABLE t ALTER name SET STORAGE PLAIN");
  ConnectionPool pool(test::must(parse_connection_uri(server.uri("public"))));
  EXPECT_TRUE(insert_rows(pool, 0));
  std::optional<test::DiskFiller> filler(disk / "other");
  const auto full = insert_rows(pool, kRows);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.outcome, Outcome::rolled_back);
  EXPECT_EQ(full.error->code, Errc::io);
  EXPECT_TRUE(full.error->retryable);
  EXPECT_THAT(full.error->message, HasSubstr("The disk of the database is full: free some space"));
  EXPECT_EQ(server.sql("SELECT count(*) FROM t"), std::to_string(kRows));
  filler.reset();
  EXPECT_TRUE(insert_rows(pool, kRows));
}

TEST(FullDisk, IsARetryableErrorThatLeavesNothing) {
  SKIP_WITHOUT_POSTGRESQL();
  const test::TemporaryFolder folder;
  if (!test::on_small_disk(folder.path(), kDiskSize, [&]() { fill_tables(folder.path()); }))
    GTEST_SKIP() << "needs the right to mount";
}

}  // namespace
}  // namespace convert::postgresql
