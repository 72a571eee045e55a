// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>

/// Argon2id (RFC 9106) by libsodium with 19 MiB and 2 passes, which is what OWASP's Password Storage Cheat
/// Sheet asks for at least. A call takes some 14 ms of a core and 19 MiB: only PasswordHasher and programs
/// that ask for one password call these.
namespace convert::server::security {

/// A text that holds parameters, salt and hash ("$argon2id$v=19$m=19456,t=2,p=1$..."). Another one each time.
/// Errors: `unavailable` (no memory for now).
Result<std::string> hash_password(std::string_view password);

/// Whether the password is the one of the hash; a damaged hash is nobody's. In constant time.
bool password_matches(const std::string& hash, std::string_view password);

/// Whether the hash was made with other parameters than `hash_password` uses now: make it anew when the
/// password is at hand.
bool needs_rehash(const std::string& hash);

}  // namespace convert::server::security
