// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/settings.hpp"

namespace convertd {

/// Whether the value of an option may contain what other users must not see.
enum class Sensitivity : std::uint8_t {
  none,
  uri,     ///< a URI that may contain a password: then refused on the command line
  secret,  ///< read from the environment and the configuration file only; has no flag
};

/// A row of the table of options: the flag `--name`, the key `name = ` of a configuration file, and the
/// environment variable `CONVERTD_NAME`.
struct Option {
  std::string_view name;
  std::string_view value;         ///< a placeholder for --help, such as "DIR"; empty: a flag without a value
  std::string_view default_text;  ///< describes the default if `show` returns nothing
  std::string_view description;
  std::function<Result<void>(Settings&, std::string_view)> set;
  std::function<std::string(const Settings&)>
      show;                 ///< the value in the form that `set` accepts; empty: not set
  bool repeatable = false;  ///< a comma-separated list; repeated flags add up
  Sensitivity sensitivity = Sensitivity::none;
};

/// A section of the table.
struct OptionGroup {
  std::string_view title;
  std::vector<Option> options;
};

/// As --help names it: "--http-threads N", or the environment variable of an option without a flag.
std::string usage_of(const Option& option);

/// "http-threads" becomes "CONVERTD_HTTP_THREADS".
std::string environment_name(std::string_view option_name);

/// The value of an option from one source.
struct OptionValue {
  const Option* option = nullptr;
  std::string text;
  std::string where;  ///< for messages: "--listen", "CONVERTD_LISTEN", "/etc/convertd.conf, line 3, listen"
};

/// The value of `option`; null if it is not set.
inline const OptionValue* find_value(const std::vector<OptionValue>& all, const Option& option) {
  for (const auto& value : all) {
    if (value.option == &option) return &value;
  }
  return nullptr;
}

/// Adds a value. Values of a repeatable option are appended; for another option a second value is an error.
Result<void> add_value(std::vector<OptionValue>& all, OptionValue value);

/// Null if no option has this name.
const Option* find_option(const std::vector<OptionGroup>& table, std::string_view name);

/// An option whose name changed.
struct RenamedOption {
  std::string_view old_name, new_name;
};
/// The old names. They are rejected with a message that has the new name.
std::span<const RenamedOption> renamed_options();

/// The error for a name that no option has: the new name of a renamed option, or the most similar name.
/// `name` may start with "--".
Error unknown_option(const std::vector<OptionGroup>& table, std::string_view name);

}  // namespace convertd
