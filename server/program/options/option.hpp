// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options/settings.hpp"

namespace convertd {

/// A row of the one table of options: as a flag it is `--name`, in a file `name = `, in the environment
/// `CONVERTD_NAME`.
struct Option {
  std::string_view name;
  std::string_view value;         ///< what stands after it, for people; empty: a switch
  std::string_view default_text;  ///< what holds if nothing is said and `show` has nothing to say
  std::string_view description;
  std::function<Result<void>(Settings&, std::string_view)> set;
  std::function<std::string(const Settings&)> show;  ///< as `set` takes it; empty: left open
  bool repeatable = false;  ///< a list with commas; on the command line also by giving it again
};

/// Rows that belong together.
struct OptionGroup {
  std::string_view title;
  std::vector<Option> options;
};

/// "CONVERTD_HTTP_THREADS" of "http-threads".
std::string environment_name(std::string_view option_name);

/// What one source says of one option.
struct OptionValue {
  const Option* option = nullptr;
  std::string text;
  std::string where;  ///< for messages: "--listen", "CONVERTD_LISTEN", "/etc/convertd.conf, line 3, listen"
};

/// What one source says of it; null: nothing.
inline const OptionValue* find_value(const std::vector<OptionValue>& all, const Option& option) {
  for (const auto& value : all) {
    if (value.option == &option) return &value;
  }
  return nullptr;
}

/// Adds to what a source has said so far. Of a list, what is said again comes behind; of others it is an
/// error.
Result<void> add_value(std::vector<OptionValue>& all, OptionValue value);

/// Null: there is none of that name.
const Option* find_option(const std::vector<OptionGroup>& table, std::string_view name);

/// An option whose name changed.
struct RenamedOption {
  std::string_view old_name, new_name;
};
/// The old names, which are refused with a message that has the new one.
std::span<const RenamedOption> renamed_options();

/// The error for a name that no option has: the new name of a renamed option, or the most similar name.
/// `name` may start with "--".
Error unknown_option(const std::vector<OptionGroup>& table, std::string_view name);

}  // namespace convertd
