// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <convert/result.hpp>

#include "io/system.hpp"
#include "sandbox/namespaces.hpp"

namespace convert::sandbox {

/// Makes a worker's folder below `root`, and opens it. Nobody's, if this process is root: see
/// give_up_privileges. `chance`: how /dev/urandom comes into it.
Result<io::Descriptor> make_scratch(int root, const std::string& name, Chance chance);

/// Removes a folder that no worker has used.
void drop_scratch(int root, const std::string& name);

}  // namespace convert::sandbox
