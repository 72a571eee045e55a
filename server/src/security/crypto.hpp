// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

/// RFC 4648's base64 for URLs, without padding (RFC 7515, section 2).
namespace convert::server::security {

std::string base64url_encode(std::string_view bytes);

/// Nothing if it is not what `base64url` writes: another alphabet, padding, a length that cannot be, or last
/// bits that are not 0 (of which two texts would mean the same).
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace convert::server::security
