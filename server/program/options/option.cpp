// SPDX-License-Identifier: MIT
#include "options/option.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <utility>

namespace convertd {
namespace {

/// How many letters have to be changed, added or taken away (Levenshtein).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, diagonal + 1, row[j] + 1});
    }
  }
  return row.back();
}

}  // namespace

const Option* find_option(const std::vector<OptionGroup>& table, std::string_view name) {
  for (const auto& group : table) {
    for (const auto& option : group.options) {
      if (option.name == name) return &option;
    }
  }
  return nullptr;
}

Error unknown_option(const std::vector<OptionGroup>& table, std::string_view name) {
  constexpr std::size_t kMaxDistance = 3;
  const Option* nearest = nullptr;
  std::size_t min = kMaxDistance + 1;
  for (const auto& group : table) {
    for (const auto& option : group.options) {
      const auto steps = name.size() > 64 ? min : distance(name, option.name);
      if (steps < std::min(min, option.name.size() / 2 + 1)) {
        min = steps;
        nearest = &option;
      }
    }
  }
  const auto hint = nearest ? fmt::format("; did you mean {}?", nearest->name) : ". See convertd --help.";
  return usage_error(fmt::format("There is no option {}{}", in_quotes(name), hint));
}

std::string environment_name(const Option& option) {
  std::string name = "CONVERTD_";
  for (const char c : option.name) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

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
