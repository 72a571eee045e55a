// SPDX-License-Identifier: MIT
#include "said.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace convertd {

Result<void> add_value(std::vector<OptionValue>& all, OptionValue value) {
  const auto before = std::find_if(all.begin(), all.end(),
                                   [&](const OptionValue& other) { return other.option == value.option; });
  if (before == all.end()) {
    all.push_back(std::move(value));
    return {};
  }
  if (!value.option->repeatable)
    return usage_error(fmt::format("{} is there twice; say it once.", value.where));
  before->text += "," + value.text;
  return {};
}

}  // namespace convertd
