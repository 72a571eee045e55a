// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>

namespace convert::sandbox {

/// The version of Landlock that this kernel has; 0: none.
int landlock_version();

/// Gives up, for good, every file but those below the folder `scratch`
/// and /dev/urandom, every connection over TCP, and
/// signals and abstract sockets to outside: as much of it as `version` knows. Needs no_new_privs.
Result<void> enter_landlock(int version, int scratch);

}  // namespace convert::sandbox
