// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace convert::json {

/// How many bytes the UTF-8 character at the front of `text` has; 0 if there is none.
std::size_t utf8_length(std::string_view text) noexcept;

}  // namespace convert::json
