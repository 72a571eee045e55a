// SPDX-License-Identifier: MIT
#pragma once

#include "console.hpp"
#include "options/settings.hpp"

namespace convertd {

/// Runs `convertd check`: opens every backend that the role needs, writes to it, reads that back, announces a
/// task, and deletes what it made. Prints one line for each, with the reason if something is missing. May run
/// beside servers. `failed` if anything does not work.
ExitCode check_backends(const Settings& settings);

}  // namespace convertd
