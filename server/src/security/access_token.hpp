// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <convert/result.hpp>

#include "security/key_ring.hpp"

/// JSON Web Tokens (RFC 7519) with HS256, the header {"alg","typ","kid"} and the claims iss ("convertd"),
/// sub, iat, exp and ver. Tokens of other issuers are rejected. Thread-safe.
namespace convert::server::security {

struct TokenClaims {
  std::string account;  ///< sub
  std::uint32_t epoch =
      0;           ///< ver: the account's epoch when the token was made. The token is valid while it is equal
  Time issued{};   ///< whole seconds
  Time expires{};  ///< whole seconds
};

inline constexpr std::size_t kMaxTokenLength = 2'048;

/// Signs with `ring.signing_secret(claims.issued)`.
std::string make_token(const TokenClaims& claims, const KeyRing& ring);

/// Verifies the signature in constant time, then the claims and the expiry. The caller checks that the
/// account exists, is enabled and has the same epoch. Errors: `not_found` (unknown secret: refresh the ring
/// and try once more), `deadline_exceeded` (expired), `invalid_argument` (anything else). Messages reveal no
/// further reason.
Result<TokenClaims> verify_token(std::string_view token, const KeyRing& ring, Time now);

}  // namespace convert::server::security
