// SPDX-License-Identifier: MIT
#include "archive/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convert::archive {
namespace {

constexpr std::size_t kNamesTold = 10;

std::string_view trimmed(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  while (name.ends_with("/")) name.remove_suffix(1);
  return name;
}

std::string lower(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lowered;
}

std::string_view without_folders(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

bool alike(std::string_view a, std::string_view b) {
  const auto x = lower(without_folders(a));
  const auto y = lower(without_folders(b));
  return !x.empty() && !y.empty() && (x.find(y) != std::string::npos || y.find(x) != std::string::npos);
}

}  // namespace

Selection::Selection(std::string_view wanted) : wanted_(trimmed(wanted)) {}

bool Selection::matches(std::string_view name) {
  const auto given = trimmed(name);
  if (given == wanted_) {
    found_ = true;
    return true;
  }
  auto& list = alike(given, wanted_) ? alike_ : others_;
  if (list.size() < kNamesTold && !given.empty()) list.emplace_back(given);
  return false;
}

Error Selection::missing() const {
  auto names = alike_;
  names.insert(names.end(), others_.begin(), others_.end());
  if (names.size() > kNamesTold) names.resize(kNamesTold);
  if (names.empty()) {
    return {Errc::not_found, fmt::format("The archive has no entry \"{}\": it is empty.", wanted_)};
  }
  return {Errc::not_found, fmt::format("The archive has no entry \"{}\". It has, among others: {}.", wanted_,
                                       fmt::join(names, ", "))};
}

}  // namespace convert::archive
