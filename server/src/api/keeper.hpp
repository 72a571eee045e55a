// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>

#include "accounts/secrets.hpp"
#include "api/quotas.hpp"

namespace convert::server::api {

/// What a Keeper looks after. All of it outlives the Keeper.
struct KeeperParts {
  Engine& engine;
  AccountStore& accounts;
  Quotas& quotas;
  accounts::Secrets& secrets;
  std::function<Time()> now;
  std::function<void(LogLine::Level, std::string)> log;
  std::function<void(const std::string&)> forget;  ///< told of accounts that are gone
  std::function<std::chrono::steady_clock::time_point()> ticks = &std::chrono::steady_clock::now;
};

/// A thread that does what has to be done from time to time: renews the reservations of this process, has the
/// AccountStore swept, looks for new secrets, and removes the accounts that are going with all they have.
class Keeper {
 public:
  explicit Keeper(KeeperParts parts);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// The account is marked as `leaving`: it is removed now, and not when it is found by and by.
  void account_leaves(std::string id);

 private:
  using Tick = std::chrono::steady_clock::time_point;
  using Period = std::chrono::steady_clock::duration;

  void run(const std::stop_token& stop, Tick begun);
  bool due(Tick& next, Period every) const;
  void renew();
  void sweep();
  void find_leaving(const std::stop_token& stop);
  void remove_leaving(const std::stop_token& stop);
  void complain(std::string_view what, const Error& error);

  KeeperParts parts_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::set<std::string> leaving_;  // guarded by mutex_
  std::jthread thread_;
};

}  // namespace convert::server::api
