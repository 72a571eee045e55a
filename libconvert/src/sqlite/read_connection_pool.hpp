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

/// A few connections that only read, each opened when it is first needed. Readers neither wait for the
/// writer nor keep it waiting. Thread-safe.
class ReadConnectionPool {
 public:
  ReadConnectionPool(Database database, std::chrono::milliseconds busy_timeout)
      : database_(std::move(database)), busy_timeout_(busy_timeout) {
    idle_.reserve(kMaxConnections);  // giving back needs no memory
  }
  ReadConnectionPool(const ReadConnectionPool&) = delete;
  ReadConnectionPool& operator=(const ReadConnectionPool&) = delete;

  /// Calls `read` with a connection; all that it reads is of one moment.
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
