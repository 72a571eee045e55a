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

/// Which rates count a call.
enum class RateClass : std::uint8_t { none, general, login, signup };

/// Before it is known who asks: the rates of the caller's address. An answer instead: 429 with Retry-After.
Outcome<void> check_address_rate(Services& services, const Request& request, RateClass rate_class);

/// Once it is known: the rate of the account.
Outcome<void> check_account_rate(Services& services, const Request& request);

/// Bounds how many wrong passwords come from one address: for one account, and in all. Nobody is exempt.
class PasswordAttempt {
 public:
  /// `account`: its id, so that its name and its e-mail address are not two; nullopt: `name` is nobody's.
  PasswordAttempt(Services& services, const Request& request, const std::optional<std::string>& account,
                  std::string_view name);

  /// Before a password is compared: counts a try. An answer instead: 429.
  Outcome<void> start();
  void succeed();  ///< the try was none
  void fail();

 private:
  Services& services_;
  std::string name_key_;
  std::string address_key_;
};

}  // namespace convert::server::api
