// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <convert/result.hpp>
#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// Which rate limits apply to a request.
enum class RateClass : std::uint8_t { none, general, login, signup };

/// Counts the request against the rates of its address, before authentication. Problem: 429 with Retry-After.
Outcome<void> check_address_rate(Services& services, const Request& request, RateClass rate_class);

/// Counts the request against the rate of its account, after authentication.
Outcome<void> check_account_rate(Services& services, const Request& request);

/// Counts a login or sign-up against the rate of its address for all hosts, which `check_address_rate` has
/// done for this process before. Problem: 429 with Retry-After, and those of the store.
Async<Outcome<void>> check_shared_address_rate(Services& services, const Request& request,
                                               RateClass rate_class);

/// Limits wrong passwords from one address: for each account and in total, on all hosts. No address is
/// exempt. The counters of this process come first, so that a flood of attempts does not reach the store.
class PasswordAttempt {
 public:
  /// `account`: its id, so that name and e-mail address count as one; nullopt: no account has `name`.
  PasswordAttempt(Services& services, const Request& request, const std::optional<std::string>& account,
                  std::string_view name);

  /// Call before the password is compared: counts the attempt. Problem: 429, and those of the store.
  Async<Outcome<void>> start();
  Async<void> succeed();  ///< takes the attempt back
  Async<void> fail();

 private:
  Outcome<void> start_here();
  Result<std::optional<std::chrono::milliseconds>> start_shared();
  void log_failure(const Error& error);

  Services& services_;
  std::string name_key_;
  std::string address_key_;
};

}  // namespace convert::server::api
