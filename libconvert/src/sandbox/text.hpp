// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace convert::sandbox {

/// With U+FFFD in place of each byte that is not UTF-8.
std::string repaired(std::string text);

/// For messages: repaired, without control characters, of at most 16 KiB.
std::string one_sentence(std::string text);

}  // namespace convert::sandbox
