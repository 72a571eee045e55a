// SPDX-License-Identifier: MIT
#include "api/auth/new_password.hpp"

#include "accounts/account_validation.hpp"
#include "api/support/problems.hpp"

namespace convert::server::api {

std::variant<std::string, Response> parse_new_password(const Fields& fields, const PasswordPolicy& policy) {
  const auto first = fields.non_empty("password1");
  const auto second = fields.non_empty("password2");
  if (!first) return bad_request("missing_field", "The field \"password1\" is missing.");
  if (!second) return bad_request("missing_field", "The field \"password2\" is missing.");
  if (*first != *second)
    return bad_request("passwords_differ", "The two passwords are not the same. Type them again.");
  if (auto good = accounts::validate_password(*first, policy); !good) {
    return bad_request("weak_password", good.error().message);
  }
  return std::string(*first);
}

}  // namespace convert::server::api
