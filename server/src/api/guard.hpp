// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/services.hpp"

namespace convert::server::api {

/// Which rates count a call.
enum class Counted : std::uint8_t { none, usual, login, signup };

/// Before it is known who asks: the rates of the caller's address. An answer instead: 429 with Retry-After.
std::optional<Response> guard_address(Services& services, const Request& request, Counted counted);

/// Once it is known: the rate of the account.
std::optional<Response> guard_account(Services& services, const Request& request);

/// Bounds how many wrong passwords come from one address: for one account, and in all. Nobody is exempt.
class PasswordGuard {
 public:
  /// `account`: its id, so that its name and its e-mail address are not two; nullopt: `name` is nobody's.
  PasswordGuard(Services& services, const Request& request, const std::optional<std::string>& account,
                std::string_view name);

  /// Before a password is compared: counts a try. An answer instead: 429.
  std::optional<Response> begin();
  void right();  ///< the try was none
  void wrong();

 private:
  Services& services_;
  std::string name_key_;
  std::string address_key_;
};

}  // namespace convert::server::api
