// SPDX-License-Identifier: MIT
#pragma once

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/options.hpp>
#include <functional>
#include <memory>
#include <string>

namespace convert::server::http {
class Pool;
}
namespace convert::server::accounts {
class AccountCache;
class PasswordPool;
class RateLimiter;
class Secrets;
}  // namespace convert::server::accounts

namespace convert::server::api {

class FormatText;
class TaskServices;

/// What handlers share. Lives as long as Api, longer than any request. All of it is thread-safe.
struct Services {
  Engine& engine;
  const ApiOptions& options;
  AccountStore& accounts;  ///< calls block: by the pool only
  http::Pool& pool;        ///< for calls that block
  accounts::PasswordPool& passwords;
  accounts::Secrets& secrets;  ///< keys that sign tokens and links
  accounts::RateLimiter& rates;
  accounts::AccountCache& cache;  ///< accounts and keys, as they were at most a second ago
  TaskServices& tasks;            ///< task lists, room and slots
  FormatText& formats;            ///< the list of formats
  std::function<Time()> now;      ///< the wall clock
  std::function<void(LogLine::Level, std::string)> log;  ///< ids and reasons, never secrets or contents
};

/// Answers one route.
using ApiHandler = Async<Response> (*)(Services& services, Request& request);

}  // namespace convert::server::api
