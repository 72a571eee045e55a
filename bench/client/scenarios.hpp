// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "user.hpp"

namespace bench {

/// The arguments after the mode and the port.
using Words = std::vector<std::string>;

// Each is a complete run. main.cpp documents the arguments.
Async<void> users(LoadRun& run, const Words& words);
Async<void> uploads(LoadRun& run, const Words& words);
Async<void> files(LoadRun& run, const Words& words);
Async<void> gets(LoadRun& run, const Words& words);
Async<void> listeners(LoadRun& run, const Words& words);
Async<void> prepare_account(LoadRun& run, const Words& words);

/// A unique user name.
std::string fresh_name();

/// Runs `count` calls of `one(number)`, at most `max_concurrent` of them at a time; returns when all have
/// ended.
Async<void> run_concurrently(std::size_t count, std::size_t max_concurrent,
                             std::function<Async<void>(std::size_t)> one);

}  // namespace bench
