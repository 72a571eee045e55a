// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "options/option.hpp"

namespace convertd {

/// The text of --help.
std::string help(const std::vector<OptionGroup>& table);

/// The default of an option, for display.
std::string default_for(const Option& option);

}  // namespace convertd
