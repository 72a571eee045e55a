// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <convert/result.hpp>

#include "base/file_descriptor.hpp"

namespace convert::sandbox {

/// How a worker's scratch folder gets /dev/urandom; see make_scratch_folder.
enum class RandomDevice {
  none,   ///< not at all; not needed if the worker keeps the machine's root folder
  mount,  ///< bind mount of kRandomDevicePath
  node,   ///< its own device node: root in a container may make one and may not mount
};

/// The path of /dev/urandom below the scratch root with RandomDevice::mount.
inline constexpr const char* kRandomDevicePath = "/urandom";

/// Whether this process may make a device node for /dev/urandom below `folder` and open it, which a file
/// system may forbid.
bool can_make_random_device(int folder);

/// Makes and opens a worker's folder below `root`. If this process is root, the folder belongs to nobody; see
/// drop_privileges.
Result<base::Descriptor> make_scratch_folder(int root, const std::string& name, RandomDevice random_device);

/// Removes the folder of a worker that was not started.
void remove_scratch(int root, const std::string& name);

}  // namespace convert::sandbox
