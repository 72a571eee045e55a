// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/result.hpp>

namespace convertd {

/// A new password: asked for twice on the terminal, without echo, or the first line of the standard input if
/// that is none. Errors: `invalid_argument` (two different ones), `io` (no line).
convert::Result<std::string> prompt_new_password();

}  // namespace convertd
