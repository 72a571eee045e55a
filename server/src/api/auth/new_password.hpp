// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <convert/server/server_policy.hpp>
#include <string>
#include <variant>

#include "api/support/fields.hpp"

namespace convert::server::api {

/// The password that the fields `password1` and `password2` ask for, or why it can't be: 400.
std::variant<std::string, Response> parse_new_password(const Fields& fields, const PasswordPolicy& policy);

}  // namespace convert::server::api
