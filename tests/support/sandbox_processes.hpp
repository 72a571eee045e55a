// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace convert::test {

/// The zygotes of this process, and the workers of those.
std::vector<pid_t> zygotes();
std::vector<pid_t> workers();

/// Sends each of them a signal.
void signal_all(const std::vector<pid_t>& processes, int signal);
/// SIGKILL, and none of them runs any more: one that is still dying could be given work.
void kill_and_wait(const std::vector<pid_t>& processes);

std::size_t open_descriptors();
/// Resident memory of this process, in KiB.
std::size_t resident_memory();

}  // namespace convert::test
