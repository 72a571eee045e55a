// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "option_table.hpp"
#include "said.hpp"

namespace convertd {

/// The text of a configuration file: lines `name = value`; `#` begins a comment at the begin of a line or
/// behind a space. `name` is the file's, for messages. Errors: `invalid_argument`, with the line.
Result<std::vector<OptionValue>> parse_config(std::string_view text, std::string_view name,
                                              const std::vector<OptionGroup>& table);

/// The same from a file. Errors: `not_found`, `io` and those above.
Result<std::vector<OptionValue>> read_config_file(const std::filesystem::path& file,
                                                  const std::vector<OptionGroup>& table);

}  // namespace convertd
