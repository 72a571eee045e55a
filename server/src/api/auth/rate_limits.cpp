// SPDX-License-Identifier: MIT
#include "api/auth/rate_limits.hpp"

#include <chrono>
#include <optional>
#include <string>

#include "accounts/account_validation.hpp"
#include "api/support/problems.hpp"
#include "base/try.hpp"
#include "http/connection/blocking_pool.hpp"
#include "security/crypto.hpp"
#include "security/networks.hpp"
#include "security/rate_limiter.hpp"

namespace convert::server::api {
namespace {

using security::RateLimiter;

RateLimiter::TimePoint steady_now() { return std::chrono::steady_clock::now(); }

Problem too_many_requests(RateLimiter::Wait wait) {
  return make_problem(429, "too_many_requests", "Too many requests. Try again after Retry-After.", wait);
}

Outcome<void> take_rate(Services& services, const std::string& key, const RateLimit& rate) {
  const auto wait = services.rates.take(key, rate, steady_now());
  if (!wait) return {};
  return too_many_requests(*wait);
}

using Wait = std::optional<std::chrono::milliseconds>;

/// The store counts an event slightly later than this process does. A wait that is over when the client's
/// next request arrives is none.
constexpr std::chrono::milliseconds kSharedTolerance(100);

bool must_wait(const Wait& wait) { return wait && *wait > kSharedTolerance; }

/// Under what the store counts: a hash, because names and addresses are personal data, and users type
/// passwords into the wrong field.
std::string shared_key(std::string_view key) { return security::base64url_encode(security::blake2b(key)); }

/// Counts an event in the store. One that comes early, within the tolerance, is counted when it is due.
/// Blocks.
Result<Wait> count_shared(Services& services, const std::string& key, const RateLimit& rate) {
  const Time now = services.now();
  auto wait = services.accounts.count_event(key, rate, now);
  if (!wait || !*wait || must_wait(*wait)) return wait;
  return services.accounts.count_event(key, rate, now + **wait);
}

Outcome<void> shared_outcome(const Result<Wait>& wait) {
  if (!wait) return problem_of(wait.error());
  if (!*wait) return {};
  return too_many_requests(**wait);
}

}  // namespace

Outcome<void> check_address_rate(Services& services, const Request& request, RateClass rate_class) {
  if (rate_class == RateClass::none || request.peer.rate_limit_exempt) return {};
  const RateLimits& rates = services.options.rate_limits;
  const std::string address = security::subscriber_prefix(request.peer.address);
  CONVERT_TRY(take_rate(services, "address:" + address, rates.per_address));
  if (rate_class == RateClass::login) return take_rate(services, "login:" + address, rates.login);
  if (rate_class == RateClass::signup) return take_rate(services, "signup:" + address, rates.signup);
  return {};
}

Outcome<void> check_account_rate(Services& services, const Request& request) {
  if (!request.identity || request.peer.rate_limit_exempt) return {};
  return take_rate(services, "account:" + request.identity->account,
                   services.options.rate_limits.per_account);
}

PasswordAttempt::PasswordAttempt(Services& services, const Request& request,
                                 const std::optional<std::string>& account, std::string_view name)
    : services_(services) {
  const std::string address = security::subscriber_prefix(request.peer.address);
  // The address comes first, since a name may contain any character.
  name_key_ = account ? "failures_account:" + address + ":" + *account
                      : "failures:" + address + ":" + accounts::fold_case(name);
  address_key_ = "failures_address:" + address;
}

Async<Outcome<void>> PasswordAttempt::start() {
  CONVERT_CO_CHECK(start_here());
  auto count = [this] { return start_shared(); };
  const auto wait = co_await services_.pool.run(count);
  auto outcome = shared_outcome(wait);
  if (!outcome)
    services_.rates.refund(name_key_, services_.options.rate_limits.password_failures, steady_now());
  co_return outcome;
}

Outcome<void> PasswordAttempt::start_here() {
  const RateLimits& rates = services_.options.rate_limits;
  // Attempts at one account are counted in advance, so that parallel requests get no more of them. The total
  // of the address is only checked here: one address may send hundreds of valid logins at the same time.
  if (const auto wait = services_.rates.take(address_key_, rates.password_failures_per_address, steady_now()))
    return too_many_requests(*wait);
  services_.rates.refund(address_key_, rates.password_failures_per_address, steady_now());
  return take_rate(services_, name_key_, rates.password_failures);
}

Result<std::optional<std::chrono::milliseconds>> PasswordAttempt::start_shared() {
  const RateLimits& rates = services_.options.rate_limits;
  CONVERT_TRY_ASSIGN(
      auto wait, services_.accounts.check_event(shared_key(address_key_), rates.password_failures_per_address,
                                                services_.now()));
  if (must_wait(wait)) return wait;
  return count_shared(services_, shared_key(name_key_), rates.password_failures);
}

Async<void> PasswordAttempt::succeed() {
  const RateLimit& rate = services_.options.rate_limits.password_failures;
  services_.rates.refund(name_key_, rate, steady_now());
  auto uncount = [&] {
    return services_.accounts.uncount_event(shared_key(name_key_), rate, services_.now());
  };
  const auto uncounted = co_await services_.pool.run(uncount);
  if (!uncounted) log_failure(uncounted.error());
}

Async<void> PasswordAttempt::fail() {
  const RateLimit& rate = services_.options.rate_limits.password_failures_per_address;
  // If this exceeds the limit, the next attempt is refused.
  (void)services_.rates.take(address_key_, rate, steady_now());
  auto count = [&] { return count_shared(services_, shared_key(address_key_), rate); };
  const auto counted = co_await services_.pool.run(count);
  if (!counted) log_failure(counted.error());
}

void PasswordAttempt::log_failure(const Error& error) {
  services_.log(LogLine::Level::warning, "Counting a password attempt failed: " + error.message);
}

Async<Outcome<void>> check_shared_address_rate(Services& services, const Request& request,
                                               RateClass rate_class) {
  if (request.peer.rate_limit_exempt) co_return Outcome<void>();
  const RateLimits& rates = services.options.rate_limits;
  const bool login = rate_class == RateClass::login;
  const RateLimit& rate = login ? rates.login : rates.signup;
  auto key = shared_key((login ? "login:" : "signup:") + security::subscriber_prefix(request.peer.address));
  auto count = [&] { return count_shared(services, key, rate); };
  const auto wait = co_await services.pool.run(count);
  co_return shared_outcome(wait);
}

}  // namespace convert::server::api
