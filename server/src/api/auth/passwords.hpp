// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <variant>

#include <convert/server/http.hpp>
#include <convert/server/policy.hpp>

#include "api/support/problems.hpp"
#include "api/support/request_fields.hpp"
#include "api/support/services.hpp"
#include "security/password_hasher.hpp"

namespace convert::server::api {

// The password hasher, as coroutines. Problem: 503 with Retry-After if too many requests wait for it.

Async<Outcome<std::string>> hash_password(Services& services, std::string password);
Async<Outcome<security::PasswordHasher::Verification>> verify_password(Services& services,
                                                                       std::optional<std::string> hash,
                                                                       std::string password);

/// The new password in the fields `password1` and `password2`. Problem: 400 if they differ or break the
/// policy.
Outcome<std::string> parse_new_password(const Fields& fields, const PasswordPolicy& policy);

}  // namespace convert::server::api
