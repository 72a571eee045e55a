// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <optional>
#include <string>

#include "security/password_pool.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

// The password pool, awaited. Errors: `unavailable`: too many wait already.

Async<Result<std::string>> hash_password(Services& services, std::string password);
Async<Result<security::PasswordHasher::Verification>> verify_password(Services& services,
                                                                      std::optional<std::string> hash,
                                                                      std::string password);

/// 503 with the pool's own advice when to come again.
Response passwords_busy(Services& services);

}  // namespace convert::server::api
