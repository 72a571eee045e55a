// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "option_table.hpp"
#include "said.hpp"

namespace convertd {

struct Environment {
  std::vector<OptionValue> options;
  /// Variables that begin like ours and are none. No error: orchestrators make some up (CONVERTD_PORT of a
  /// service that is called convertd).
  std::vector<std::string> unknown;
};

/// `variables`: "NAME=VALUE" each.
Environment parse_environment(std::span<const std::string_view> variables,
                              const std::vector<OptionGroup>& table);

}  // namespace convertd
