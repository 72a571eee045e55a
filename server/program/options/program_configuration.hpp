// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "environment.hpp"
#include "settings.hpp"

namespace convertd {

/// Brings together what was said: the command line counts before the environment, that before the file, and
/// that before the default. The file is the one that either of the first two names, else DIR/convertd.conf if
/// it is there. Errors: `invalid_argument`, naming who said what; those of `read_config_file`.
Result<Settings> resolve_settings(const std::vector<OptionValue>& flags, const Environment& environment,
                                  const std::vector<OptionGroup>& table);

}  // namespace convertd
