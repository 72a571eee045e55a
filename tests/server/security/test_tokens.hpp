// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "security/access_token.hpp"
#include "security/crypto.hpp"
#include "security/key_ring.hpp"

/// Key rings with known secrets, and tokens assembled from parts.
namespace convert::server::security {

/// 2027-01-15 08:00 UTC.
inline constexpr Time kNow{std::chrono::seconds(1'800'000'000)};
inline const char* const kTestSecret = "0123456789abcdef0123456789abcdef";

inline Secret test_secret() { return {"k1", kTestSecret, Time{}}; }

inline KeyRing ring_of(std::vector<Secret> secrets) { return KeyRing::make(std::move(secrets)).value(); }

inline KeyRing test_ring() { return ring_of({test_secret()}); }

inline const std::string kHeader = R"({"alg":"HS256","typ":"JWT","kid":"k1"})";
inline const std::string kPayload =
    R"({"iss":"convertd","sub":"abcdefghijklmnop","iat":1800000000,"exp":1800086400,"ver":3})";

/// A token with a valid signature.
inline std::string token_of(std::string_view header, std::string_view payload,
                            std::string_view secret = kTestSecret) {
  const auto text = base64url_encode(header) + "." + base64url_encode(payload);
  return text + "." + base64url_encode(hmac_sha256(secret, text));
}

inline std::string good_token() { return token_of(kHeader, kPayload); }

/// The error code, or "good".
inline std::string verification_result(std::string_view token, const KeyRing& ring = test_ring(),
                                       Time now = kNow) {
  const auto claims = verify_token(token, ring, now);
  return std::string(claims ? "good" : to_string(claims.error().code));
}

inline std::string replaced(std::string text, std::string_view old, std::string_view by) {
  const auto at = text.find(old);
  return at == text.npos ? std::string("no such text") : text.replace(at, old.size(), by);
}

}  // namespace convert::server::security
