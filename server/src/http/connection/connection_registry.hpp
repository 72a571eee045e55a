// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <condition_variable>
#include <convert/server/http.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace convert::server::http {

/// The clock for connection deadlines; tests replace it. Thread-safe.
using NowFunction = std::function<std::chrono::steady_clock::time_point()>;

/// A connection as the registry sees it. Thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Whether a read or write has exceeded its deadline.
  virtual bool overdue(std::chrono::steady_clock::time_point now) const noexcept = 0;
  /// Fails the operations that exceeded their deadline.
  virtual void expire() = 0;
  /// Closes the connection unless a request is in progress.
  virtual void close_when_idle() = 0;
  /// Aborts the connection.
  virtual void abort() = 0;
};

/// All open connections of a server, counted in total and per address. Thread-safe. Outlives its slots.
class ConnectionRegistry {
 public:
  ConnectionRegistry(std::size_t max_total, std::size_t max_per_address)
      : max_total_(max_total), max_per_address_(max_per_address) {}
  ConnectionRegistry(const ConnectionRegistry&) = delete;
  ConnectionRegistry& operator=(const ConnectionRegistry&) = delete;

  /// Counts as one connection during its lifetime.
  class Slot {
   public:
    Slot(ConnectionRegistry& all, std::string address) : all_(all), address_(std::move(address)) {}
    ~Slot() { all_.release(*this); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

   private:
    friend class ConnectionRegistry;
    ConnectionRegistry& all_;
    const std::string address_;  // empty: not counted by address
  };

  /// Counts a new connection; null if a limit is reached. `address` is the key of the limit per address;
  /// empty: no such limit.
  std::unique_ptr<Slot> admit(std::string address);
  /// Assigns the connection of a slot.
  void attach(const Slot& slot, const std::shared_ptr<Connection>& connection);

  std::size_t count() const;
  /// Waits until no connection is left; false at the deadline.
  bool wait_until_empty(std::chrono::steady_clock::time_point limit) const;

  void expire_overdue(std::chrono::steady_clock::time_point now);
  void close_idle();
  void abort_all();

 private:
  void release(const Slot& slot) noexcept;
  std::vector<std::shared_ptr<Connection>> all() const;

  const std::size_t max_total_;
  const std::size_t max_per_address_;
  mutable std::mutex mutex_;
  mutable std::condition_variable all_closed_;
  std::unordered_map<const Slot*, std::weak_ptr<Connection>> slots_;  // guarded by mutex_
  std::unordered_map<std::string, std::size_t> count_by_address_;     // guarded by mutex_
};

/// Checks the deadlines of all connections four times a second, so that connections need no timers of their
/// own.
class ConnectionReaper : public std::enable_shared_from_this<ConnectionReaper> {
 public:
  ConnectionReaper(const asio::any_io_executor& executor, std::weak_ptr<ConnectionRegistry> connections,
                   NowFunction now);
  void start();
  void stop();  ///< thread-safe

 private:
  static Async<void> run(std::shared_ptr<ConnectionReaper> self);

  asio::any_io_executor executor_;
  asio::steady_timer timer_;
  std::weak_ptr<ConnectionRegistry> connections_;
  const NowFunction now_;
  bool stopped_ = false;
};

}  // namespace convert::server::http
