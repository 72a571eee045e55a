// SPDX-License-Identifier: MIT
#include "postgresql/connection_pool.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace convert::postgresql {
namespace {

using std::chrono::milliseconds;

constexpr int kMaxAttempts = 5;
/// How long an operation tries to get a connection while the server restarts. A fail-over takes longer: the
/// caller then gets `unavailable`.
constexpr milliseconds kReconnectTime(2'000);
constexpr milliseconds kMaxWaitForConnection(10'000);
constexpr milliseconds kMaxIdleTime(60'000);
/// How long others get the error of a failed attempt to connect, instead of trying themselves.
constexpr milliseconds kConnectPause(200);
constexpr milliseconds kFirstRetryPause(10);

/// Full jitter: hosts that were stopped by the same event do not come back at the same moment.
void pause_before_retry(int attempts) {
  thread_local std::minstd_rand generator{std::random_device()()};
  const auto longest = kFirstRetryPause * (1 << std::min(attempts, 6));
  std::uniform_int_distribution<milliseconds::rep> pause(0, longest.count());
  std::this_thread::sleep_for(milliseconds(pause(generator)));
}

Error add_doubt(Error error) {
  error.code = Errc::unavailable;
  error.retryable = true;
  error.message =
      fmt::format("The outcome of a commit is unknown: it may have taken effect. {}", error.message);
  return error;
}

}  // namespace

/// A connection of the pool, which goes back when this is destroyed.
class ConnectionPool::BorrowedConnection {
 public:
  BorrowedConnection(ConnectionPool& pool, std::unique_ptr<Connection> connection)
      : pool_(pool), connection_(std::move(connection)), before_(connection_->counts()) {}
  ~BorrowedConnection() { pool_.return_connection(std::move(connection_), before_); }
  BorrowedConnection(const BorrowedConnection&) = delete;
  BorrowedConnection& operator=(const BorrowedConnection&) = delete;
  Connection& operator*() { return *connection_; }
  Connection* operator->() { return connection_.get(); }

 private:
  ConnectionPool& pool_;
  std::unique_ptr<Connection> connection_;
  const Connection::Counts before_;
};

ConnectionPool::ConnectionPool(ConnectionOptions options) : options_(std::move(options)) {
  idle_.reserve(options_.max_connections);  // returning a connection must not allocate
}

TransactionEnd ConnectionPool::transaction(const TransactionOptions& options, const Operation& operation) {
  return run_with_retries(options, true, operation);
}

TransactionEnd ConnectionPool::run(const TransactionOptions& options, const Operation& operation) {
  return run_with_retries(options, false, operation);
}

TransactionEnd ConnectionPool::run_with_retries(const TransactionOptions& options, bool in_transaction,
                                                const Operation& operation) {
  const auto reconnect_until = Clock::now() + kReconnectTime;
  for (int attempts = 1;; ++attempts) {
    Attempt last = attempt(options, in_transaction, operation);
    if (last.remedy == Remedy::none || last.end.outcome == Outcome::committed) return std::move(last.end);
    if (last.end.outcome == Outcome::unknown && !options.idempotent) return std::move(last.end);
    const bool give_up = last.connected ? attempts >= kMaxAttempts : Clock::now() >= reconnect_until;
    if (give_up) return std::move(last.end);
    {
      const std::scoped_lock lock(mutex_);
      ++counts_.retries;
    }
    if (attempts > 1 || last.remedy == Remedy::run_again || !last.connected) pause_before_retry(attempts);
  }
}

ConnectionPool::Attempt ConnectionPool::attempt(const TransactionOptions& options, bool in_transaction,
                                                const Operation& operation) {
  auto borrowed = borrow();
  if (!borrowed) {
    const bool again = borrowed.error().retryable;
    return {
        {Outcome::rolled_back, std::move(borrowed).error()}, again ? Remedy::reconnect : Remedy::none, false};
  }
  BorrowedConnection connection(*this, std::move(*borrowed));
  connection->set_flush(options.flush);
  const auto round_trips = connection->counts().round_trips;
  if (in_transaction) connection->begin();
  auto done = operation(*connection);
  std::optional<Error> error = connection->take_error();
  if (!error && !done) error = std::move(done).error();
  Outcome outcome = Outcome::committed;
  if (error) {
    // Without BEGIN, earlier round trips of the operation may have committed something.
    const bool some_done = !in_transaction && connection->counts().round_trips > round_trips + 1;
    outcome = connection->in_doubt() || (some_done && connection->remedy() != Remedy::none)
                  ? Outcome::unknown
                  : Outcome::rolled_back;
  } else {
    outcome = in_transaction ? connection->commit() : connection->finish();
    error = connection->take_error();
  }
  if (outcome == Outcome::committed) return {};
  if (!error) error = Error{Errc::internal, "A transaction failed without an error."};
  if (outcome == Outcome::unknown) error = add_doubt(std::move(*error));
  return {{outcome, std::move(error)}, connection->remedy(), true};
}

Result<std::unique_ptr<Connection>> ConnectionPool::borrow() {
  std::unique_lock lock(mutex_);
  const auto is_free = [this]() { return borrowed_count_ < options_.max_connections; };
  if (!returned_.wait_for(lock, kMaxWaitForConnection, is_free)) {
    return Error{
        Errc::unavailable,
        fmt::format("All {} connections to the {} are in use. Try again, or raise max_connections in "
                    "the URI.",
                    options_.max_connections, options_.target),
        true};
  }
  ++borrowed_count_;
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back().connection);
    idle_.pop_back();
    lock.unlock();
    if (connection->usable()) return connection;
    connection.reset();  // the server was restarted, or closed it
    lock.lock();
  }
  std::optional<Error> recent = Clock::now() < connect_again_ ? connect_error_ : std::nullopt;
  lock.unlock();
  auto opened = recent ? Result<std::unique_ptr<Connection>>(std::move(*recent)) : open_connection();
  if (!opened) {
    lock.lock();
    --borrowed_count_;
    lock.unlock();
    returned_.notify_one();
  }
  return opened;
}

Result<std::unique_ptr<Connection>> ConnectionPool::open_connection() {
  auto opened = Connection::open(options_);
  const std::scoped_lock lock(mutex_);
  if (opened) {
    ++counts_.connections_opened;
    connect_error_.reset();
    if (!use_names_) (*opened)->use_no_names();
  } else {
    connect_error_ = opened.error();
    connect_again_ = Clock::now() + kConnectPause;
  }
  return opened;
}

void ConnectionPool::return_connection(std::unique_ptr<Connection> connection,
                                       const Connection::Counts& before) {
  const Remedy remedy = connection->remedy();
  const bool usable = connection->roll_back() && remedy != Remedy::reconnect;
  std::unique_ptr<Connection> surplus;  // closed without the lock
  {
    const std::scoped_lock lock(mutex_);
    ++counts_.transactions;
    counts_.statements += connection->counts().statements - before.statements;
    counts_.round_trips += connection->counts().round_trips - before.round_trips;
    --borrowed_count_;
    if (remedy == Remedy::run_unprepared) use_names_ = false;
    if (!use_names_) connection->use_no_names();
    const auto now = Clock::now();
    if (!idle_.empty() && now - idle_.front().since > kMaxIdleTime) {
      surplus = std::move(idle_.front().connection);
      idle_.erase(idle_.begin());
    }
    if (usable) idle_.push_back({std::move(connection), now});
  }
  returned_.notify_one();
}

ConnectionPool::Counts ConnectionPool::counts() {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

}  // namespace convert::postgresql
