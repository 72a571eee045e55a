// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/options.hpp>

#include "api/support/concurrency_slots.hpp"
#include "api/support/maintenance.hpp"
#include "api/support/problems.hpp"
#include "api/tasks/idempotent_requests.hpp"
#include "api/tasks/quota.hpp"
#include "api/tasks/task_list.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::accounts {
class AccountCache;
class StoreClock;
}  // namespace convert::server::accounts
namespace convert::server::security {
class PasswordHasher;
class RateLimiter;
class SecretProvider;
}  // namespace convert::server::security
namespace convert::server::api {

class FormatListCache;
class ReadinessChecker;

/// What the handlers of tasks share. Thread-safe. The Engine, the AccountStore and the SecretProvider outlive
/// it; it outlives the pool for blocking calls. The destructor stops streaming conversions and waits for
/// them.
class TaskServices {
 public:
  using Log = std::function<void(LogLine::Level, std::string)>;

  /// `account_removed` is called with the id of each account that has been deleted. `clock` outlives it.
  TaskServices(Engine& engine, AccountStore& accounts, security::SecretProvider& secrets,
               const ApiOptions& options, accounts::StoreClock& clock, Log log,
               std::function<void(const std::string&)> account_removed);
  ~TaskServices();

 private:
  const std::shared_ptr<TaskListCache>
      shared_list_cache_;  // shared with a callback that may still run in the destructor

 public:
  TaskListCache& list_cache = *shared_list_cache_;
  Quotas quotas;
  IdempotentRequests idempotency;
  Slots uploads;
  Slots streams;
  Slots event_streams;               ///< limited for each account
  Maintenance maintenance;           ///< deletes accounts in the background
  http::BlockingPool conversions;    ///< threads of streaming conversions, one for each of `streams`
  http::BlockingPool probe_threads;  ///< for probes and plans, so that a slow one delays only others of them

  /// Requests a stop when the server shuts down.
  std::stop_token closing() const { return closing_.get_token(); }

 private:
  std::stop_source closing_;
  Subscription changes_;
};

/// What all handlers share. Lives as long as Api, longer than any request. All members are thread-safe.
struct Services {
  Engine& engine;
  const ApiOptions& options;
  AccountStore& accounts;         ///< calls block: use `pool`
  http::BlockingPool& pool;       ///< for calls that block
  http::BlockingPool& transfers;  ///< for calls that wait for the storage: a slow one delays no other calls
  security::PasswordHasher& passwords;
  security::SecretProvider& secrets;  ///< keys that sign tokens and links
  security::RateLimiter& rates;
  accounts::AccountCache& cache;                         ///< accounts and keys, at most one second old
  TaskServices& tasks;                                   ///< quotas, slots, cached lists
  FormatListCache& formats;                              ///< the list of formats as JSON
  std::function<Time()> now;                             ///< the store's clock, which all hosts share
  std::function<void(LogLine::Level, std::string)> log;  ///< ids and reasons, never secrets or content
  const std::atomic<bool>& draining;                     ///< the server is about to stop: /readyz says so
  ReadinessChecker& readiness;                           ///< for /readyz
};

/// A handler of a route.
using ApiHandler = Async<Outcome<Response>> (*)(Services& services, Request& request);

}  // namespace convert::server::api
