// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>

namespace convert::sandbox {

/// The version of Landlock in this kernel; 0 if it has none.
int landlock_version();

/// Irrevocably denies this process every file but those below the folder `scratch` and /dev/urandom, TCP
/// connections, and signals and abstract sockets to other processes, as far as `version` supports it. Needs
/// no_new_privs.
Result<void> enter_landlock(int version, int scratch);

}  // namespace convert::sandbox
