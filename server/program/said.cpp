// SPDX-License-Identifier: MIT
#include "said.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace convertd {

Result<void> add(std::vector<Said>& all, Said said) {
  const auto before =
      std::find_if(all.begin(), all.end(), [&](const Said& other) { return other.option == said.option; });
  if (before == all.end()) {
    all.push_back(std::move(said));
    return {};
  }
  if (!said.option->several) return wrong(fmt::format("{} is there twice; say it once.", said.where));
  before->text += "," + said.text;
  return {};
}

}  // namespace convertd
