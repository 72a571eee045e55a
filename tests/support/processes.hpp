// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <vector>

/// Processes of this machine, read from /proc. Zombies do not count.
namespace convert::test {

/// The processes whose command line holds the path of `folder`.
std::vector<pid_t> processes_of(const std::filesystem::path& folder);

pid_t parent_of(pid_t process);

/// The zygote of an engine in `folder`, or 0, and the workers that it has forked so far.
pid_t zygote_of(pid_t engine, const std::filesystem::path& folder);
std::vector<pid_t> workers_of(pid_t engine, const std::filesystem::path& folder);

/// The zygotes of this process, and the workers of those.
std::vector<pid_t> zygotes();
std::vector<pid_t> workers();

void signal_all(const std::vector<pid_t>& processes, int signal);
/// Sends SIGKILL and waits until each has ended: one that is still ending could be given work.
void kill_and_wait(const std::vector<pid_t>& processes);

/// The file descriptors of this process.
std::size_t open_descriptors();
/// The resident memory of this process in KiB.
std::size_t resident_memory();

}  // namespace convert::test
