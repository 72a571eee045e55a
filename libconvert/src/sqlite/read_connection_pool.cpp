// SPDX-License-Identifier: MIT
#include "sqlite/read_connection_pool.hpp"

#include <utility>

#include "base/try.hpp"

namespace convert::sqlite {

/// Returns its connection to the pool when destroyed.
class ReadConnectionPool::BorrowedConnection {
 public:
  BorrowedConnection(ReadConnectionPool& pool, std::unique_ptr<Connection> connection)
      : pool_(pool), connection_(std::move(connection)) {}
  ~BorrowedConnection() { pool_.return_connection(std::move(connection_)); }
  BorrowedConnection(const BorrowedConnection&) = delete;
  BorrowedConnection& operator=(const BorrowedConnection&) = delete;
  Connection& connection() { return *connection_; }

 private:
  ReadConnectionPool& pool_;
  std::unique_ptr<Connection> connection_;
};

Result<void> ReadConnectionPool::run(const std::function<void(Connection&)>& read) {
  CONVERT_TRY_ASSIGN(auto taken, borrow());
  BorrowedConnection borrowed(*this, std::move(taken));
  auto& connection = borrowed.connection();
  CONVERT_TRY(connection.script("BEGIN"));
  read(connection);
  auto failure = connection.take_error();
  auto ended = connection.script("COMMIT");
  if (failure) return std::move(*failure);
  return ended;
}

Result<std::unique_ptr<Connection>> ReadConnectionPool::borrow() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [&] { return borrowed_count_ < kMaxConnections; });
  ++borrowed_count_;
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  lock.unlock();
  try {
    auto opened = Connection::open(database_, Connection::Access::read, busy_timeout_);
    if (!opened) return_connection(nullptr);
    return opened;
  } catch (...) {  // also after std::bad_alloc, so that waiting threads continue
    return_connection(nullptr);
    throw;
  }
}

void ReadConnectionPool::return_connection(std::unique_ptr<Connection> connection) {
  const std::scoped_lock lock(mutex_);
  --borrowed_count_;
  // A connection that is still in a transaction would prevent checkpoints: it is closed instead.
  if (connection && !connection->in_transaction()) idle_.push_back(std::move(connection));
  returned_.notify_one();
}

}  // namespace convert::sqlite
