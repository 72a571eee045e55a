// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "security/key_ring.hpp"

/// Key rings of secrets that tests know.
namespace convert::server::security {

/// 2027-01-15 08:00 UTC.
inline constexpr Time kNow{std::chrono::seconds(1'800'000'000)};
inline const char* const kTestSecret = "0123456789abcdef0123456789abcdef";

inline Secret test_secret() { return {"k1", kTestSecret, Time{}}; }

inline KeyRing ring_of(std::vector<Secret> secrets) { return KeyRing::make(std::move(secrets)).value(); }

inline KeyRing test_ring() { return ring_of({test_secret()}); }

}  // namespace convert::server::security
