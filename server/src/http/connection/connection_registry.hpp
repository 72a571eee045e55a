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

/// What time it is, for the deadlines of connections. Thread-safe.
using NowFunction = std::function<std::chrono::steady_clock::time_point()>;

/// A connection, as those see it who look after all of them. All calls are thread-safe.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Whether it has waited for too long.
  virtual bool overdue(std::chrono::steady_clock::time_point now) const noexcept = 0;
  /// Makes what has waited for too long fail.
  virtual void expire() = 0;
  /// To end as soon as nothing is under way.
  virtual void close_when_idle() = 0;
  /// To end now, visibly broken.
  virtual void abort() = 0;
};

/// All open connections of a server: how many there are, in all and of each address, and who they are.
/// Thread-safe. Outlives their places.
class ConnectionRegistry {
 public:
  ConnectionRegistry(std::size_t max_total, std::size_t max_per_address)
      : max_total_(max_total), max_per_address_(max_per_address) {}
  ConnectionRegistry(const ConnectionRegistry&) = delete;
  ConnectionRegistry& operator=(const ConnectionRegistry&) = delete;

  /// Counts as a connection as long as it lives.
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

  /// null: there are enough. `address`: by which it is counted; empty: by none.
  std::unique_ptr<Slot> admit(std::string address);
  /// Who has that place.
  void attach(const Slot& slot, const std::shared_ptr<Connection>& connection);

  std::size_t count() const;
  /// Whether none is left, or none was by then.
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

/// Ends, four times a second, what has waited for too long: one timer for all connections.
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
