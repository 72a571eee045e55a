// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <convert/export.hpp>
#include <convert/library.hpp>

namespace convert {

/// The main function of a worker program, which a Sandbox starts (`SandboxOptions::worker_program`) to run
/// your own converters confined like the built-in ones. It runs the zygote on the descriptor inherited from
/// the Sandbox, forks workers, and returns the exit status when the Sandbox is gone. Started by any other
/// program, it prints an error and returns 2.
///
///     int main() {
///       convert::LibraryOptions options;
///       options.converters.push_back(std::make_shared<MyConverter>());
///       return convert::worker_main(convert::Library(std::move(options)));
///     }
///
/// Call it from the main thread, before any other thread starts. A confined worker cannot load code, tables
/// or fonts lazily: load them before, or in `warm_up`, which is called once before the first fork and must
/// not leave a thread running.
CONVERT_API int worker_main(const Library& library, const std::function<void()>& warm_up = {});

}  // namespace convert
