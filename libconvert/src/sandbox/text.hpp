// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace convert::sandbox {

/// Whether it is UTF-8: shortest forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

/// With U+FFFD in place of each byte that is not UTF-8.
std::string repaired(std::string text);

/// For messages: repaired, without control characters, of at most 16 KiB.
std::string one_sentence(std::string text);

}  // namespace convert::sandbox
