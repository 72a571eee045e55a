// SPDX-License-Identifier: MIT
#include "base/backends.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace convert::base {

Error invalid_option(std::string_view name, std::string_view allowed, std::string_view value) {
  return Error{Errc::invalid_argument,
               fmt::format("The option {} has to be {}, not \"{}\".", name, allowed, value)};
}

Result<void> parse_durability(const Uri& uri, Durability& durability) {
  const auto option = uri.options.find("durability");
  if (option == uri.options.end()) return {};
  if (option->second != "power" && option->second != "process") {
    return invalid_option(option->first, "power or process", option->second);
  }
  durability = option->second == "power" ? Durability::power : Durability::process;
  return {};
}

Result<void> check_uri(const Uri& uri, std::string_view what, bool has_path,
                       std::span<const std::string_view> options) {
  for (const auto& [name, value] : uri.options) {
    if (std::find(options.begin(), options.end(), name) != options.end()) continue;
    return Error{Errc::unsupported,
                 fmt::format("The {} \"{}:\" has no option \"{}\". It has {}.", what, uri.scheme, name,
                             options.empty() ? "none" : fmt::format("{}", fmt::join(options, ", ")))};
  }
  if (has_path != uri.path.empty()) return {};
  return Error{Errc::invalid_argument,
               has_path ? fmt::format("Say where the {0} is: {1}:///path, or {1}:path for "
                                      "one below the current folder.",
                                      what, uri.scheme)
                        : fmt::format("The {} \"{}:\" has no path. Leave it out.", what, uri.scheme)};
}

Error unknown_backend(std::string_view scheme, std::string_view what,
                      std::span<const std::string_view> schemes) {
  std::vector<std::string> known;
  for (const auto name : schemes) known.push_back(fmt::format("\"{}:\"", name));
  return Error{Errc::unsupported, fmt::format("This build has no {} \"{}:\". It has {}.", what, scheme,
                                              fmt::join(known, " and "))};
}

}  // namespace convert::base
