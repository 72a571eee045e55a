// SPDX-License-Identifier: MIT
#pragma once

#include "console.hpp"
#include "options/command_line.hpp"
#include "options/settings.hpp"

namespace convertd {

/// Runs `convertd secret rotate|stage|activate|retire`.
ExitCode secret_command(Command command, const Settings& settings);

}  // namespace convertd
