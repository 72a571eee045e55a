// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>

namespace convertd {

enum class ExitCode : int {
  done = 0,
  failed = 1,       ///< a command could not be done
  usage = 2,        ///< something was asked for that cannot be
  environment = 3,  ///< this machine does not allow it
};

/// A line on the standard output, at once.
void print_line(std::string_view line);

/// "convertd: <why>" on the standard error output.
void print_error(std::string_view why);

/// Says it, and which code it is worth where convertd cannot start.
ExitCode report_error(const convert::Error& error);

/// A new password: asked for twice on the terminal, without echo, or the first line of the standard input if
/// that is none. Errors: `invalid_argument` (two different ones), `io` (no line).
convert::Result<std::string> prompt_new_password();

}  // namespace convertd
