// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/option.hpp"
#include "options/settings.hpp"

namespace convertd {

/// The text of a configuration file: lines `name = value`; `#` begins a comment at the begin of a line or
/// behind a space. `name` is the file's, for messages. Errors: `invalid_argument`, with the line.
Result<std::vector<OptionValue>> parse_config(std::string_view text, std::string_view name,
                                              const std::vector<OptionGroup>& table);

/// The same from a file. Errors: `not_found`, `io` and those above.
Result<std::vector<OptionValue>> read_config_file(const std::filesystem::path& file,
                                                  const std::vector<OptionGroup>& table);

struct Environment {
  std::vector<OptionValue> options;
  /// Variables that begin like ours and are none. No error: orchestrators make some up (CONVERTD_PORT of a
  /// service that is called convertd).
  std::vector<std::string> unknown;
};

/// `variables`: "NAME=VALUE" each. Errors: `invalid_argument` (the old name of a renamed option).
Result<Environment> parse_environment(std::span<const std::string_view> variables,
                                      const std::vector<OptionGroup>& table);

/// Brings together what was said: the command line counts before the environment, that before the file, and
/// that before the default. The file is the one that either of the first two names, else DIR/convertd.conf if
/// it is there. Errors: `invalid_argument`, naming who said what; those of `read_config_file`.
Result<Settings> resolve_settings(const std::vector<OptionValue>& flags, const Environment& environment,
                                  const std::vector<OptionGroup>& table);

}  // namespace convertd
