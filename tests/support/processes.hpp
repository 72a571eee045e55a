// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <vector>

namespace convert::test {

/// The processes that have this folder on their command line (not the zombies among them): an engine of
/// the suite, its zygote and its workers.
std::vector<pid_t> processes_of(const std::filesystem::path& folder);

pid_t parent_of(pid_t process);

/// The zygote of an engine, or 0, and the workers it has forked so far.
pid_t zygote_of(pid_t engine, const std::filesystem::path& folder);
std::vector<pid_t> workers_of(pid_t engine, const std::filesystem::path& folder);

}  // namespace convert::test
