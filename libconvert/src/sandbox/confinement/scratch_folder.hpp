// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// How a worker's scratch folder gets /dev/urandom; see make_scratch_folder.
enum class RandomDevice {
  none,   ///< not at all; where the worker's root folder stays the machine's, it needs none
  mount,  ///< from kRandomDevicePath
  node,   ///< as a device of its own: a container's root may make one, and may mount nothing
};

/// Where the scratch root has /dev/urandom, with RandomDevice::mount.
inline constexpr const char* kRandomDevicePath = "/urandom";

/// Whether this process may make a device node for /dev/urandom below `folder` and open it, which a file
/// system may forbid.
bool can_make_random_device(int folder);

/// Makes a worker's folder below `root`, and opens it. Nobody's, if this process is root: see
/// drop_privileges. `random_device`: how /dev/urandom comes into it.
Result<base::Descriptor> make_scratch_folder(int root, const std::string& name, RandomDevice random_device);

/// Removes a folder that no worker has used.
void remove_scratch(int root, const std::string& name);

}  // namespace convert::sandbox
