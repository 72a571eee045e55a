// SPDX-License-Identifier: MIT
#pragma once

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
#include "api/tasks/quota.hpp"
#include "api/tasks/task_list.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::accounts {
class AccountCache;
}
namespace convert::server::security {
class PasswordHasher;
class RateLimiter;
class SecretProvider;
}  // namespace convert::server::security
namespace convert::server::api {

class FormatListCache;

/// What the handlers of tasks share, besides Services. Thread-safe. Outlived by the Engine, the
/// AccountStore and the Secrets; outlives the pool for blocking calls. The destructor stops streaming
/// conversions and waits for them.
class TaskServices {
 public:
  using Log = std::function<void(LogLine::Level, std::string)>;

  /// `account_removed` is told of accounts that are gone for good.
  TaskServices(Engine& engine, AccountStore& accounts, security::SecretProvider& secrets,
               const ApiOptions& options, std::function<Time()> now, Log log,
               std::function<void(const std::string&)> account_removed);
  ~TaskServices();

 private:
  const std::shared_ptr<TaskListCache> shared_list_cache_;  // with a callback that may be running at the end

 public:
  TaskListCache& list_cache = *shared_list_cache_;
  Quotas quotas;
  Slots uploads;
  Slots streams;
  Slots event_streams;               ///< by account
  Maintenance maintenance;           ///< knows which accounts are going
  http::BlockingPool conversions;    ///< threads of streaming conversions, one for each of `streams`
  http::BlockingPool probe_threads;  ///< threads of probes and plans: a slow one holds up nothing but others

  /// Asked to stop when the server ends.
  std::stop_token closing() const { return closing_.get_token(); }

 private:
  std::stop_source closing_;
  Subscription changes_;
};

/// What handlers share. Lives as long as Api, longer than any request. All of it is thread-safe.
struct Services {
  Engine& engine;
  const ApiOptions& options;
  AccountStore& accounts;    ///< calls block: by the pool only
  http::BlockingPool& pool;  ///< for calls that block
  security::PasswordHasher& passwords;
  security::SecretProvider& secrets;  ///< keys that sign tokens and links
  security::RateLimiter& rates;
  accounts::AccountCache& cache;  ///< accounts and keys, as they were at most a second ago
  TaskServices& tasks;            ///< task lists, room and slots
  FormatListCache& formats;       ///< the list of formats
  std::function<Time()> now;      ///< the wall clock
  std::function<void(LogLine::Level, std::string)> log;  ///< ids and reasons, never secrets or contents
};

/// Answers one route.
using ApiHandler = Async<Outcome<Response>> (*)(Services& services, Request& request);

}  // namespace convert::server::api
