// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>

namespace convertd {

/// Documented in --help. Never renumber.
enum class ExitCode : int {
  done = 0,
  failed = 1,       ///< a command failed
  usage = 2,        ///< invalid command line, environment or configuration file
  environment = 3,  ///< a port in use, a folder that is not writable, ...
};

/// Writes a line to the standard output and flushes it.
void print_line(std::string_view line);

/// Writes "convertd: <message>" to the standard error output.
void print_error(std::string_view message);

/// Prints an error that prevents the start. Returns ExitCode::environment.
ExitCode report_error(const convert::Error& error);

/// Prompts for a new password twice, without echo. If the standard input is not a terminal, reads its first
/// line. Errors: `invalid_argument` (the passwords differ), `io` (no line).
convert::Result<std::string> prompt_new_password();

}  // namespace convertd
