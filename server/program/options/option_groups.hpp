// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "option.hpp"

/// The parts of the one table, a file each.
namespace convertd {

std::vector<Option> location_options();
std::vector<Option> conversion_options();
std::vector<Option> account_options();
std::vector<Option> connection_options();
std::vector<Option> rate_options();
std::vector<Option> retention_options();

}  // namespace convertd
