// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <convert/result.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::sqlite {

/// Up to four connections for reading, each opened when first needed. Readers and the writer do not block
/// each other (WAL). Thread-safe.
class ReadConnectionPool {
 public:
  ReadConnectionPool(Database database, std::chrono::milliseconds busy_timeout)
      : database_(std::move(database)), busy_timeout_(busy_timeout) {
    idle_.reserve(kMaxConnections);  // returning a connection must not allocate
  }
  ReadConnectionPool(const ReadConnectionPool&) = delete;
  ReadConnectionPool& operator=(const ReadConnectionPool&) = delete;

  /// Calls `read` with a connection in a transaction, so that all its statements see the same state. Blocks
  /// while all connections are in use. Errors: those of the statements.
  Result<void> run(const std::function<void(Connection&)>& read);

 private:
  static constexpr std::size_t kMaxConnections = 4;
  class BorrowedConnection;

  Result<std::unique_ptr<Connection>> borrow();
  void return_connection(std::unique_ptr<Connection> connection);

  const Database database_;
  const std::chrono::milliseconds busy_timeout_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t borrowed_count_ = 0;
};

}  // namespace convert::sqlite
