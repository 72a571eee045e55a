// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <convert/result.hpp>

#include "security/key_ring.hpp"

/// JSON Web Tokens (RFC 7519) as this server makes them, and no others: HS256, {"alg","typ","kid"}, and the
/// claims iss ("convertd"), sub, iat, exp and ver.
namespace convert::server::security {

struct TokenClaims {
  std::string account;      ///< sub
  std::uint32_t epoch = 0;  ///< ver: the account's when the token was made; another one makes it void
  Time issued{};            ///< whole seconds
  Time expires{};           ///< whole seconds
};

inline constexpr std::size_t kMaxTokenLength = 2'048;

/// Signed with the ring's signer at `claims.issued`.
std::string make_token(const TokenClaims& claims, const KeyRing& ring);

/// What the token claims, if it was signed with a secret of the ring and is in time. The signature is
/// compared in constant time, and before anything but the header was looked at. Whether the account is there,
/// enabled and of the same epoch is the caller's to ask. Errors: `not_found` (it names a secret that is not
/// known: refresh the ring, try once more), `deadline_exceeded` (expired), `invalid_argument` (everything
/// else). None of them says more to whoever sent it.
Result<TokenClaims> verify_token(std::string_view token, const KeyRing& ring, Time now);

}  // namespace convert::server::security
