// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace convert::sandbox {

/// The memory of a process in bytes, what it shares with others in proportion. Where the kernel does not tell
/// that, what it shares with none. 0 if the process has ended.
std::uint64_t proportional_memory(pid_t process);

}  // namespace convert::sandbox
