// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <convert/result.hpp>

#include "io/system.hpp"

namespace convert::sandbox {

/// Makes a worker's folder below `root`, and opens it. Nobody's, if this process is root: see
/// give_up_privileges.
Result<io::Descriptor> make_scratch(int root, const std::string& name);

/// Removes a folder that has stayed empty.
void drop_scratch(int root, const std::string& name);

}  // namespace convert::sandbox
