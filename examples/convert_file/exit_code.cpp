// SPDX-License-Identifier: MIT
#include "exit_code.hpp"

namespace convert_file {

ExitCode exit_code(convert::Errc code) noexcept {
  using convert::Errc;
  switch (code) {
    case Errc::invalid_argument:
    case Errc::unsupported:
      return ExitCode::usage;
    case Errc::io:
    case Errc::unavailable:
      return ExitCode::files;
    case Errc::limit_exceeded:
    case Errc::decompression_bomb:
    case Errc::deadline_exceeded:
      return ExitCode::limit;
    case Errc::cancelled:
      return ExitCode::cancelled;
    default:
      return ExitCode::failed;
  }
}

}  // namespace convert_file
