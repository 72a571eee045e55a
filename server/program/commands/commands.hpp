// SPDX-License-Identifier: MIT
#pragma once

#include "console.hpp"
#include "options/command_line.hpp"
#include "options/settings.hpp"

namespace convertd {

/// Runs `convertd user ...`.
ExitCode user_command(const CommandLine& line, const Settings& settings);

}  // namespace convertd
