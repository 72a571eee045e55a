// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/convert.hpp>

namespace convert_file {

/// Sets one field of Limits from a word: "output_bytes=2G", "duration=3600". Errors: `invalid_argument`.
convert::Result<void> set_limit(convert::Limits& limits, std::string_view word);

/// One line for each, for --help.
std::string limits_help();

}  // namespace convert_file
