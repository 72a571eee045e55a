// SPDX-License-Identifier: MIT
#pragma once

#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "sqlite/sqlite_connection.hpp"
#include "support/test_files.hpp"

/// A fixture for tests of SQLite databases.
namespace convert::sqlite {

class DatabaseTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return folder_ / "jobs.db"; }

  /// A connection beside the store's, as another program would open it.
  std::unique_ptr<Connection> connect(
      std::chrono::milliseconds busy_timeout = std::chrono::seconds(10)) const {
    auto opened = Connection::open({file(), "jobs"}, Connection::Access::write, busy_timeout);
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  /// Runs a sequence of statements beside the store.
  void execute_directly(const std::string& sql) const {
    const auto done = connect()->script(sql);
    ASSERT_TRUE(done) << done.error().message;
  }
  /// The first column of the statement's first row, or "nothing".
  std::string query_text(const std::string& sql) const {
    const auto connection = connect();
    auto rows = connection->query(sql);
    return rows.next() ? rows.text(0) : "nothing";
  }

  test::TemporaryFolder folder_;
};

}  // namespace convert::sqlite
