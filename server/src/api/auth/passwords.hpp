// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <variant>

#include <convert/server/http.hpp>
#include <convert/server/policy.hpp>

#include "api/support/request_fields.hpp"
#include "api/support/services.hpp"
#include "security/password_hasher.hpp"

namespace convert::server::api {

// The password pool, awaited. Errors: `unavailable`: too many wait already.

Async<Result<std::string>> hash_password(Services& services, std::string password);
Async<Result<security::PasswordHasher::Verification>> verify_password(Services& services,
                                                                      std::optional<std::string> hash,
                                                                      std::string password);

/// 503 with the pool's own advice when to come again.
Response passwords_busy(Services& services);

/// The password that the fields `password1` and `password2` ask for, or why it can't be: 400.
std::variant<std::string, Response> parse_new_password(const Fields& fields, const PasswordPolicy& policy);

}  // namespace convert::server::api
