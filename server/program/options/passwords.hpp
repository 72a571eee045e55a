// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

/// Passwords in the URIs of backends: never shown, never accepted where other users can read them.
namespace convertd {

/// Replaces each password in `text` by "***": those in URIs ("postgresql://user:PASSWORD@host") and the
/// values of parameters whose name ends with "password" ("?password=...").
std::string mask_passwords(std::string_view text);

/// Whether a URI contains a password.
bool has_password(std::string_view uri);

}  // namespace convertd
