// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <convert/result.hpp>

#include "postgresql/postgresql_connection.hpp"

namespace convert::postgresql {

/// How a transaction is run.
struct TransactionOptions {
  /// Running it twice is the same as running it once. It then runs again too when the outcome of its commit
  /// is unknown.
  bool idempotent = false;
  /// Whether the commit waits for the device (and the standby). False: its loss repairs itself, as that of a
  /// heartbeat.
  bool flush = true;
};

/// How a transaction ended. Has an error exactly if it is not `committed`.
struct [[nodiscard]] TransactionEnd {
  Outcome outcome = Outcome::committed;
  std::optional<Error> error{};

  explicit operator bool() const { return outcome == Outcome::committed; }
  /// With `Outcome::unknown`, the error is `unavailable` and says so.
  Result<void> result() const { return error ? Result<void>(*error) : Result<void>(); }
};

/// Connections to one database, opened when first needed and again after they are lost. Thread-safe.
class ConnectionPool {
 public:
  using Operation = std::function<Result<void>(Connection&)>;

  explicit ConnectionPool(ConnectionOptions options);
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  /// Runs `operation` in a transaction and commits it, unless it or a statement fails. It runs again from the
  /// start after deadlocks, serialization errors and lost connections (up to five times, with full jitter),
  /// so it may change nothing but what it sets anew each time. Blocks while all connections are in use.
  /// Errors: those of `operation` and of the statements; `unavailable` (no connection).
  TransactionEnd transaction(const TransactionOptions& options, const Operation& operation);

  /// Runs `operation` without BEGIN and COMMIT: each round trip is a transaction of its own and sees its own
  /// snapshot. For single statements, and for reads that need no common snapshot. Retried as a
  /// transaction; an operation of several round trips only if it is idempotent.
  TransactionEnd run(const TransactionOptions& options, const Operation& operation);

  /// The value of a single read: `run`, idempotent.
  Result<void> read(const Operation& operation) { return run({true, true}, operation).result(); }

  /// A connection of its own, which does not count as one of the pool's.
  Result<std::unique_ptr<Connection>> open_separately() const { return Connection::open(options_); }

  const ConnectionOptions& options() const { return options_; }

  /// Counted since the pool was made.
  struct Counts {
    std::uint64_t connections_opened = 0;
    std::uint64_t transactions = 0;
    std::uint64_t retries = 0;
    std::uint64_t statements = 0;
    std::uint64_t round_trips = 0;
  };
  Counts counts();

 private:
  class BorrowedConnection;
  using Clock = std::chrono::steady_clock;

  struct Attempt {
    TransactionEnd end{};
    Remedy remedy = Remedy::none;
    bool connected = true;
  };
  struct IdleConnection {
    std::unique_ptr<Connection> connection;
    Clock::time_point since;
  };
  Result<std::unique_ptr<Connection>> borrow();
  Result<std::unique_ptr<Connection>> open_connection();
  void return_connection(std::unique_ptr<Connection> connection, const Connection::Counts& before);
  TransactionEnd run_with_retries(const TransactionOptions& options, bool in_transaction,
                                  const Operation& operation);
  Attempt attempt(const TransactionOptions& options, bool in_transaction, const Operation& operation);

  const ConnectionOptions options_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<IdleConnection> idle_;  // the most recently used one is last
  std::size_t borrowed_count_ = 0;
  bool use_names_ = true;
  std::optional<Error> connect_error_{};  // of the last attempt, until `connect_again_`
  Clock::time_point connect_again_{};
  Counts counts_{};
};

}  // namespace convert::postgresql
