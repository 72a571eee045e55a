// SPDX-License-Identifier: MIT
#include "api/guard.hpp"

#include <chrono>
#include <string>

#include "accounts/address.hpp"
#include "accounts/checks.hpp"
#include "accounts/rate.hpp"
#include "api/errors.hpp"

namespace convert::server::api {
namespace {

using accounts::RateLimiter;

RateLimiter::Tick tick() { return std::chrono::steady_clock::now(); }

Response too_many(RateLimiter::Wait wait) {
  return refusal(429, "too_many_requests", "Too much at once. Wait as long as Retry-After says, then go on.",
                 wait);
}

std::optional<Response> take(Services& services, const std::string& key, const Rate& rate) {
  const auto wait = services.rates.take(key, rate, tick());
  if (!wait) return {};
  return too_many(*wait);
}

}  // namespace

std::optional<Response> guard_address(Services& services, const Request& request, Counted counted) {
  if (counted == Counted::none || request.peer.exempt) return {};
  const Rates& rates = services.options.rates;
  const std::string whose = accounts::subscriber_of(request.peer.address);
  if (auto refused = take(services, "address:" + whose, rates.address)) return refused;
  if (counted == Counted::login) return take(services, "login:" + whose, rates.login);
  if (counted == Counted::signup) return take(services, "signup:" + whose, rates.signup);
  return {};
}

std::optional<Response> guard_account(Services& services, const Request& request) {
  if (!request.identity || request.peer.exempt) return {};
  return take(services, "account:" + request.identity->account, services.options.rates.account);
}

PasswordGuard::PasswordGuard(Services& services, const Request& request,
                             const std::optional<std::string>& account, std::string_view name)
    : services_(services) {
  const std::string whose = accounts::subscriber_of(request.peer.address);
  // The address first: a name may have any character.
  name_key_ = account ? "failures_account:" + whose + ":" + *account
                      : "failures:" + whose + ":" + accounts::folded(name);
  address_key_ = "failures_address:" + whose;
}

std::optional<Response> PasswordGuard::begin() {
  const Rates& rates = services_.options.rates;
  // Tries at one account are counted before they are made, so that as many at once find no more. What an
  // address has failed in all is only looked at: hundreds of good logins may come from it at once.
  if (const auto wait = services_.rates.take(address_key_, rates.failures_address, tick()))
    return too_many(*wait);
  services_.rates.give_back(address_key_, rates.failures_address, tick());
  return take(services_, name_key_, rates.failures);
}

void PasswordGuard::right() {
  services_.rates.give_back(name_key_, services_.options.rates.failures, tick());
}

void PasswordGuard::wrong() {
  // Whether it was one too many, the next try is told.
  (void)services_.rates.take(address_key_, services_.options.rates.failures_address, tick());
}

}  // namespace convert::server::api
