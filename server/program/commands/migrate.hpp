// SPDX-License-Identifier: MIT
#pragma once

#include "console.hpp"
#include "options/settings.hpp"

namespace convertd {

/// Runs `convertd migrate`: creates or updates the tables of the stores on database servers. The user of the
/// URIs needs the right to create tables there. Prints what was done.
ExitCode migrate(const Settings& settings);

}  // namespace convertd
