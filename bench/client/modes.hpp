// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "user.hpp"

namespace bench {

/// The words of the command line after the mode and the server.
using Words = std::vector<std::string>;

// Each is the whole of a run; main.cpp says what their words are.
Async<void> users(Run& run, const Words& words);
Async<void> uploads(Run& run, const Words& words);
Async<void> files(Run& run, const Words& words);
Async<void> gets(Run& run, const Words& words);
Async<void> listeners(Run& run, const Words& words);
Async<void> someone(Run& run, const Words& words);

/// A name that nobody had before.
std::string fresh_name();

/// Runs `count` calls of `one(number)`, at most `at_once` of them at a time; returns when all have ended.
Async<void> side_by_side(std::size_t count, std::size_t at_once, std::function<Async<void>(std::size_t)> one);

}  // namespace bench
