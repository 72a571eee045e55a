// SPDX-License-Identifier: MIT
#pragma once

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/options.hpp>
#include <functional>
#include <memory>
#include <string>

namespace convert::server::http {
class BlockingPool;
}
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
class TaskServices;

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
using ApiHandler = Async<Response> (*)(Services& services, Request& request);

}  // namespace convert::server::api
