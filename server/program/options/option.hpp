// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "settings.hpp"

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

/// "CONVERTD_HTTP_THREADS"
std::string environment_name(const Option& option);

}  // namespace convertd
