// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>

#include "api/tasks/quota.hpp"
#include "security/key_ring.hpp"

namespace convert::server::api {

/// Deletes an account that is marked as `being_deleted`: first its tasks with their files, then the account.
/// Can be repeated after a failure. Error: those of the stores, `cancelled`.
Result<void> remove_account(Engine& engine, AccountStore& accounts, const std::string& id,
                            const std::stop_token& stop);

/// What Maintenance works on. All of it outlives Maintenance.
struct MaintenanceParts {
  Engine& engine;
  AccountStore& accounts;
  Quotas& quotas;
  security::SecretProvider& secrets;
  std::function<Time()> now;
  std::function<void(LogLine::Level, std::string)> log;
  std::function<void(const std::string&)> account_removed;  ///< called for each deleted account
  std::function<std::chrono::steady_clock::time_point()> steady_now = &std::chrono::steady_clock::now;
  std::function<Result<void>()> measure_clock{};  ///< if set, called every 20 s, as clocks drift
  /// If set, called every IdempotentRequests::kRenewInterval.
  std::function<Result<void>()> renew_requests{};
};

/// Periodic work. One thread renews what other hosts would take for abandoned (quota reservations, requests
/// with an Idempotency-Key), loads new secrets and reads the store's clock. Another one expires old records
/// of the AccountStore and deletes accounts that are marked as `being_deleted`, which may take minutes.
class Maintenance {
 public:
  explicit Maintenance(MaintenanceParts parts);
  ~Maintenance();
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  /// Deletes an account that is marked as `being_deleted` now instead of at the next search.
  void schedule_removal(std::string id);

  /// Looks at the clock now. For tests that set it.
  void wake();

 private:
  using Tick = std::chrono::steady_clock::time_point;
  using Period = std::chrono::steady_clock::duration;

  void run_renewals(const std::stop_token& stop, Tick started);
  void run_removals(const std::stop_token& stop, Tick started);
  void wait_until(const std::stop_token& stop, Tick next, std::uint64_t& seen);
  bool due(Tick& next, Period every) const;
  void renew();
  void renew_requests();
  void refresh();
  void sweep();
  void find_leaving_accounts(const std::stop_token& stop);
  void remove_leaving_accounts(const std::stop_token& stop);
  void log_failure(std::string_view what, const Error& error);

  MaintenanceParts parts_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::set<std::string> leaving_;  // guarded by mutex_
  std::uint64_t wakes_ = 0;        // guarded by mutex_
  std::jthread renewals_;
  std::jthread removals_;
};

}  // namespace convert::server::api
