// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/convert.hpp>

#include "command_line.hpp"

namespace convert_file {

/// What the output is to become: what format= says, else what the names say. Errors: `invalid_argument`.
convert::Result<std::string> target_format(const CommandLine& line, const convert::Library& library);

}  // namespace convert_file
