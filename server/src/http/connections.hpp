// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace convert::server::http {

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
  virtual void cut() = 0;
};

/// All open connections of a server: how many there are, in all and of each address, and who they are.
/// Thread-safe. Outlives their places.
class Connections {
 public:
  Connections(std::size_t most, std::size_t most_an_address)
      : most_(most), most_an_address_(most_an_address) {}
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// Counts as a connection as long as it lives.
  class Place {
   public:
    Place(Connections& all, std::string address) : all_(all), address_(std::move(address)) {}
    ~Place() { all_.leave(*this); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class Connections;
    Connections& all_;
    const std::string address_;  // empty: not counted by address
  };

  /// null: there are enough. `address`: by which it is counted; empty: by none.
  std::unique_ptr<Place> enter(std::string address);
  /// Who has that place.
  void seat(const Place& place, const std::shared_ptr<Connection>& connection);

  std::size_t count() const;
  /// Whether none is left, or none was by then.
  bool wait_until_empty(std::chrono::steady_clock::time_point limit) const;

  void expire_overdue(std::chrono::steady_clock::time_point now);
  void close_idle();
  void cut_all();

 private:
  void leave(const Place& place) noexcept;
  std::vector<std::shared_ptr<Connection>> all() const;

  const std::size_t most_;
  const std::size_t most_an_address_;
  mutable std::mutex mutex_;
  mutable std::condition_variable left_;
  std::unordered_map<const Place*, std::weak_ptr<Connection>> places_;  // guarded by mutex_
  std::unordered_map<std::string, std::size_t> of_address_;             // guarded by mutex_
};

}  // namespace convert::server::http
