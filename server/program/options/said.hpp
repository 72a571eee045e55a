// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "option.hpp"

namespace convertd {

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

}  // namespace convertd
