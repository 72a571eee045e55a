// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "options/option.hpp"

namespace convertd {

/// Every option there is. --help, the configuration file, the environment and the table in server/README.md
/// follow from it. `data` and `config` stand in it too, though what they say decides where the file is.
std::vector<OptionGroup> option_table();

}  // namespace convertd
