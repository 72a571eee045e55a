// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "user.hpp"

namespace bench {

/// The words of the command line after the mode and the server.
using Words = std::vector<std::string>;

// Each is the whole of a run; main.cpp says what their words are.
Async<void> users(LoadRun& run, const Words& words);
Async<void> uploads(LoadRun& run, const Words& words);
Async<void> files(LoadRun& run, const Words& words);
Async<void> gets(LoadRun& run, const Words& words);
Async<void> listeners(LoadRun& run, const Words& words);
Async<void> prepare_account(LoadRun& run, const Words& words);

/// A name that nobody had before.
std::string fresh_name();

/// Runs `count` calls of `one(number)`, at most `max_concurrent` of them at a time; returns when all have
/// ended.
Async<void> run_concurrently(std::size_t count, std::size_t max_concurrent,
                             std::function<Async<void>(std::size_t)> one);

}  // namespace bench
