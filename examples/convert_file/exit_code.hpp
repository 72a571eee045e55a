// SPDX-License-Identifier: MIT
#pragma once

#include <convert/convert.hpp>

namespace convert_file {

/// What the program tells the shell. Documented in --help: never renumber.
enum class ExitCode : int {
  done = 0,
  failed = 1,       ///< the input cannot be converted
  usage = 2,        ///< the command line asks for something that cannot be
  files = 3,        ///< an input or output could not be opened, read or written
  limit = 4,        ///< a limit or the time ran out
  cancelled = 130,  ///< as a shell says of a program that Ctrl-C ended
};

ExitCode exit_code(convert::Errc code) noexcept;

}  // namespace convert_file
