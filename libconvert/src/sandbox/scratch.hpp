// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <convert/result.hpp>

#include "io/system.hpp"

namespace convert::sandbox {

/// Makes a worker's folder below `root`, and opens it. Nobody's, if this process is root: see
/// give_up_privileges. `chance`: with /dev/urandom in it, from where enter_namespaces has kept it.
Result<io::Descriptor> make_scratch(int root, const std::string& name, bool chance);

/// Removes a folder that no worker has used.
void drop_scratch(int root, const std::string& name);

}  // namespace convert::sandbox
