// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

/// Limits wrong passwords from one address: for each account and in total. No address is exempt.
class PasswordAttempt {
 public:
  /// `account`: its id, so that name and e-mail address count as one; nullopt: no account has `name`.
  PasswordAttempt(Services& services, const Request& request, const std::optional<std::string>& account,
                  std::string_view name);

  /// Call before the password is compared: counts the attempt. Problem: 429.
  Outcome<void> start();
  void succeed();  ///< takes the attempt back
  void fail();

 private:
  Services& services_;
  std::string name_key_;
  std::string address_key_;
};

}  // namespace convert::server::api
