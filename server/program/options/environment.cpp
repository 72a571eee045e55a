// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <algorithm>

namespace convertd {
namespace {

const Option* named(const std::vector<OptionGroup>& table, std::string_view variable) {
  for (const auto& group : table) {
    const auto found = std::find_if(group.options.begin(), group.options.end(), [&](const Option& option) {
      return environment_name(option) == variable;
    });
    if (found != group.options.end()) return &*found;
  }
  return nullptr;
}

}  // namespace

Environment parse_environment(std::span<const std::string_view> variables,
                              const std::vector<OptionGroup>& table) {
  Environment environment;
  for (const auto variable : variables) {
    const auto equals = variable.find('=');
    if (!variable.starts_with("CONVERTD_") || equals == std::string_view::npos) continue;
    const std::string name(variable.substr(0, equals));
    const Option* option = named(table, name);
    if (option == nullptr) {
      environment.unknown.push_back(name);
    } else {
      environment.options.push_back({option, std::string(variable.substr(equals + 1)), name});
    }
  }
  return environment;
}

}  // namespace convertd
