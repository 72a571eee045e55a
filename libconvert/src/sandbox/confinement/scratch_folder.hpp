// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"
#include "sandbox/confinement/namespaces.hpp"

namespace convert::sandbox {

/// Makes a worker's folder below `root`, and opens it. Nobody's, if this process is root: see
/// drop_privileges. `random_device`: how /dev/urandom comes into it.
Result<base::Descriptor> make_scratch_folder(int root, const std::string& name, RandomDevice random_device);

/// Removes a folder that no worker has used.
void remove_scratch(int root, const std::string& name);

}  // namespace convert::sandbox
