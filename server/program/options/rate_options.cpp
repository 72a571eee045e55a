// SPDX-License-Identifier: MIT
#include "option_groups.hpp"
#include "option_builders.hpp"

namespace convertd {

std::vector<Option> rate_options() {
  return {
      rate_option(
          {"rate-address", "RATE", "requests of one address (of IPv6: its /64)"},
          [](auto& s) -> auto& { return s.server.rate_limits.per_address; }),
      rate_option(
          {"rate-account", "RATE", "requests of one account"},
          [](auto& s) -> auto& { return s.server.rate_limits.per_account; }),
      rate_option(
          {"rate-login", "RATE", "logins of one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.login; }),
      rate_option(
          {"rate-signup", "RATE", "sign-ups of one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.signup; }),
      rate_option(
          {"rate-failures", "RATE", "wrong passwords for one account from one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.password_failures; }),
      rate_option(
          {"rate-failures-address", "RATE", "wrong passwords from one address"},
          [](auto& s) -> auto& { return s.server.rate_limits.password_failures_per_address; }),
      list_option(
          {"exempt", "NETWORK,...", "not limited in requests, logins, sign-ups and connections; empty: none"},
          [](auto& s) -> auto& { return s.server.exempt_networks; }, parse_network,
          [](const std::string& text) { return text; }),
  };
}

}  // namespace convertd
