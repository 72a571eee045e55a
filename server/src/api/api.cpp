// SPDX-License-Identifier: MIT
#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <convert/server/server.hpp>

#include "accounts/account_cache.hpp"
#include "accounts/store_clock.hpp"
#include "api/convert/format_list.hpp"
#include "api/routes.hpp"
#include "api/support/readiness.hpp"
#include "api/support/services.hpp"
#include "http/connection/blocking_pool.hpp"
#include "security/key_ring.hpp"
#include "security/password_hasher.hpp"
#include "security/rate_limiter.hpp"

namespace convert::server {
namespace {

// Blocking calls mostly wait for disks, so there are more threads than processors.
unsigned blocking_threads(const ApiOptions& options) {
  if (options.blocking_threads > 0) return options.blocking_threads;
  return 4 + 2 * std::max(1U, std::thread::hardware_concurrency());
}

unsigned storage_threads(const ApiOptions& options) {
  return options.storage_threads > 0 ? options.storage_threads : blocking_threads(options);
}

ApiOptions complete(ApiOptions options) {
  if (!options.accounts) options.accounts = memory_account_store();
  return options;
}

std::unique_ptr<accounts::StoreClock> measured_clock(
    const ApiOptions& options, const std::function<void(LogLine::Level, std::string)>& log) {
  auto clock = std::make_unique<accounts::StoreClock>(options.accounts);
  if (const auto measured = clock->measure(); !measured)
    log(LogLine::Level::warning,
        "Cannot read the clock of the account store, using that of this host: " + measured.error().message);
  return clock;
}

std::unique_ptr<security::SecretProvider> secrets_of(const ApiOptions& options, Time now) {
  auto secrets = security::SecretProvider::make(options.secrets, options.reload_secrets, now);
  if (!secrets) throw std::invalid_argument(secrets.error().message);
  return std::move(*secrets);
}

/// Both outlive the checks.
std::vector<api::ReadinessCheck> readiness_checks(AccountStore& accounts, Engine& engine,
                                                  bool jobs_run_elsewhere) {
  const auto find_account = [&accounts]() -> Result<void> {
    const auto account = accounts.find("");
    if (account || account.error().code == Errc::not_found)
      return {};  // not_found proves that it is reachable
    return account.error();
  };
  const auto run_conversions = [&engine, jobs_run_elsewhere] {
    return jobs_run_elsewhere ? engine.backends_ready() : engine.ready();
  };
  return {{"accounts", find_account}, {"conversions", run_conversions}};
}

}  // namespace

/// What handlers share. Members are destroyed in reverse order: each uses only members above it.
struct Api::State {
  State(Engine& engine, ApiOptions given)
      : options(complete(std::move(given))),
        log([write = options.log](LogLine::Level level, std::string text) {
          if (write) write({level, 0, std::move(text)});
        }),
        clock(measured_clock(options, log)),
        secrets(secrets_of(options, clock->now())),
        cache(options.accounts),
        passwords(options.password_policy),
        tasks(engine, *options.accounts, *secrets, options, *clock, log,
              [this](const std::string& account) { cache.invalidate(account); }),
        pool(blocking_threads(options)),
        transfers(storage_threads(options)),
        readiness(readiness_checks(*options.accounts, engine, options.jobs_run_elsewhere), log),
        services{engine,    options,   *options.accounts, pool,
                 transfers, passwords, *secrets,          rates,
                 cache,     tasks,     formats,           [this] { return clock->now(); },
                 log,       draining,  readiness},
        router(api::routes(services)) {}

  const ApiOptions options;
  const std::function<void(LogLine::Level, std::string)> log;
  const std::unique_ptr<accounts::StoreClock> clock;
  const std::unique_ptr<security::SecretProvider> secrets;
  security::RateLimiter rates;
  accounts::AccountCache cache;
  api::FormatListCache formats;
  security::PasswordHasher passwords;
  api::TaskServices tasks;
  std::atomic<bool> draining = false;
  // Last: their remaining work, such as releasing quota, uses the members above.
  http::BlockingPool pool;
  http::BlockingPool transfers;
  api::ReadinessChecker readiness;
  api::Services services;
  Router router;
};

// The executor is not used: each handler runs on the executor of its connection.
Api::Api(asio::any_io_executor, Engine& engine, ApiOptions options)
    : state_(std::make_shared<State>(engine, std::move(options))) {}

Api::~Api() = default;

const Router& Api::router() const noexcept { return state_->router; }

void Api::start_draining() noexcept { state_->draining = true; }

Router Api::take_router() { return std::move(state_->router); }

}  // namespace convert::server
