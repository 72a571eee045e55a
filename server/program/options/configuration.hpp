// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/option.hpp"
#include "options/settings.hpp"

namespace convertd {

/// Parses the text of a configuration file: lines `name = value`. `#` starts a comment at the start of a line
/// or after a space. `name`: the file name for messages. Errors: `invalid_argument`, with the line.
Result<std::vector<OptionValue>> parse_config(std::string_view text, std::string_view name,
                                              const std::vector<OptionGroup>& table);

/// Reads and parses a file. Errors: `not_found`, `io` and those above.
Result<std::vector<OptionValue>> read_config_file(const std::filesystem::path& file,
                                                  const std::vector<OptionGroup>& table);

struct Environment {
  std::vector<OptionValue> options;
  /// About variables that are ignored, for the log. Not errors: an orchestrator defines CONVERTD_PORT for a
  /// service called convertd, and DATABASE_URL may be meant for another program.
  std::vector<std::string> warnings;
};

/// `variables`: "NAME=VALUE" each. Reads those with the prefix CONVERTD_, and DATABASE_URL for the option
/// `database`. Errors: `invalid_argument` (the old name of a renamed option).
Result<Environment> parse_environment(std::span<const std::string_view> variables,
                                      const std::vector<OptionGroup>& table);

/// Whether --data must be set. Commands need it only for stores in the data folder.
enum class DataOption : std::uint8_t { required, optional };

/// Merges the sources. Precedence: command line, environment, configuration file, default. The file is the
/// one that --config or CONVERTD_CONFIG names, else DIR/convertd.conf if it exists. Errors:
/// `invalid_argument`, with the source; those of `read_config_file`. `check_roles`
/// checks the result further.
Result<Settings> resolve_settings(const std::vector<OptionValue>& flags, const Environment& environment,
                                  const std::vector<OptionGroup>& table,
                                  DataOption data = DataOption::required);

}  // namespace convertd
