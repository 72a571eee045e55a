// SPDX-License-Identifier: MIT
#include "archive/selection.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace convert::archive {
namespace {

constexpr std::size_t kMaxNamesListed = 10;

std::string_view trimmed(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  while (name.ends_with("/")) name.remove_suffix(1);
  return name;
}

std::string to_lower(std::string_view text) {
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

bool is_similar(std::string_view a, std::string_view b) {
  const auto x = to_lower(without_folders(a));
  const auto y = to_lower(without_folders(b));
  return !x.empty() && !y.empty() && (x.find(y) != std::string::npos || y.find(x) != std::string::npos);
}

}  // namespace

EntrySelector::EntrySelector(std::string_view requested) : requested_(trimmed(requested)) {}

bool EntrySelector::matches(std::string_view name) {
  const auto candidate = trimmed(name);
  if (candidate == requested_) {
    found_ = true;
    return true;
  }
  auto& list = is_similar(candidate, requested_) ? similar_ : others_;
  if (list.size() < kMaxNamesListed && !candidate.empty()) list.emplace_back(candidate);
  return false;
}

Error EntrySelector::not_found_error() const {
  auto names = similar_;
  names.insert(names.end(), others_.begin(), others_.end());
  if (names.size() > kMaxNamesListed) names.resize(kMaxNamesListed);
  if (names.empty()) {
    return {Errc::not_found, fmt::format("The archive has no entry \"{}\": it is empty.", requested_)};
  }
  return {Errc::not_found, fmt::format("The archive has no entry \"{}\". It has, among others: {}.",
                                       requested_, fmt::join(names, ", "))};
}

}  // namespace convert::archive
