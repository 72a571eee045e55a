// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "options/option.hpp"

namespace convertd {

/// All options of convertd. --help, the configuration file, the environment and the tables in
/// server/README.md are generated from it.
std::vector<OptionGroup> option_table();

}  // namespace convertd
