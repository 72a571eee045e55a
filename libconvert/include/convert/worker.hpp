// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <convert/export.hpp>
#include <convert/library.hpp>

namespace convert {

/// The main function of a worker program: what a Sandbox starts (`SandboxOptions::worker`) to have converters
/// of your own confined like ours. It runs the zygote on the descriptor that the Sandbox left it, forks
/// workers, and returns the exit status when the Sandbox has gone. Started by anything else it says so and
/// returns 2.
///
///     int main() {
///       convert::LibraryOptions options;
///       options.converters.push_back(std::make_shared<MyConverter>());
///       return convert::worker_main(convert::Library(std::move(options)));
///     }
///
/// Call it from the main thread, before any other thread was made. What the converters load lazily (code,
/// tables, fonts) cannot be loaded once confined: touch it before, or in `warm_up`, which is called once,
/// before the first fork; it must leave no thread behind.
CONVERT_API int worker_main(const Library& library, const std::function<void()>& warm_up = {});

}  // namespace convert
