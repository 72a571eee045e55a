// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "faults/fault_control.hpp"

namespace convert::test {

/// From now on the fault points of this process, and of those that it forks, obey that board. Called once,
/// before there are threads.
void connect_fault_points(const std::filesystem::path& file);

}  // namespace convert::test
