// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "accounts/secrets.hpp"

/// Key rings of secrets that tests know.
namespace convert::server::accounts {

/// 2027-01-15 08:00 UTC.
inline constexpr Time kNow{std::chrono::seconds(1'800'000'000)};
inline const char* const kKnownSecret = "0123456789abcdef0123456789abcdef";

inline Secret known_secret() { return {"k1", kKnownSecret, Time{}}; }

inline KeyRing ring_of(std::vector<Secret> secrets) { return KeyRing::make(std::move(secrets)).value(); }

inline KeyRing known_ring() { return ring_of({known_secret()}); }

}  // namespace convert::server::accounts
