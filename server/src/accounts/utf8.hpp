// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace convert::server::accounts {

/// The characters of a text; nothing if it is not UTF-8 (RFC 3629: no surrogates, no overlong forms).
std::optional<std::vector<char32_t>> code_points_of(std::string_view text);

}  // namespace convert::server::accounts
