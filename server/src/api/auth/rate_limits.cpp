// SPDX-License-Identifier: MIT
#include "api/auth/rate_limits.hpp"

#include <chrono>
#include <string>

#include "accounts/account_validation.hpp"
#include "api/support/problems.hpp"
#include "base/try.hpp"
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

Outcome<void> PasswordAttempt::start() {
  const RateLimits& rates = services_.options.rate_limits;
  // Attempts at one account are counted in advance, so that parallel requests get no more of them. The total
  // of the address is only checked here: one address may send hundreds of valid logins at the same time.
  if (const auto wait = services_.rates.take(address_key_, rates.password_failures_per_address, steady_now()))
    return too_many_requests(*wait);
  services_.rates.refund(address_key_, rates.password_failures_per_address, steady_now());
  return take_rate(services_, name_key_, rates.password_failures);
}

void PasswordAttempt::succeed() {
  services_.rates.refund(name_key_, services_.options.rate_limits.password_failures, steady_now());
}

void PasswordAttempt::fail() {
  // If this exceeds the limit, the next attempt is refused.
  (void)services_.rates.take(address_key_, services_.options.rate_limits.password_failures_per_address,
                             steady_now());
}

}  // namespace convert::server::api
