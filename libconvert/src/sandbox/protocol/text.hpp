// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace convert::sandbox {

/// With U+FFFD in place of each byte that is not UTF-8.
std::string repair_utf8(std::string text);

/// For messages: repaired, without control characters, of at most 16 KiB.
std::string one_line_text(std::string text);

}  // namespace convert::sandbox
