// SPDX-License-Identifier: MIT
#include "conversion/format_lookup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace convert::conversion {
namespace {

std::string_view strip_folders(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

bool has_extension(const Format& format, std::string_view extension) {
  return std::any_of(format.extensions.begin(), format.extensions.end(),
                     [&](std::string_view own) { return base::equal_ignoring_case(own, extension); });
}

/// Whether `name` ends with a dot and `extension`, and is longer than that.
bool ends_with(std::string_view name, std::string_view extension) {
  if (name.size() < extension.size() + 2) return false;
  const auto at = name.size() - extension.size();
  return name[at - 1] == '.' && base::equal_ignoring_case(name.substr(at), extension);
}

/// The longest extension of any format that `name` (without folders) ends with, or empty.
std::string_view known_extension(std::span<const Format> formats, std::string_view name) {
  std::string_view longest;
  for (const Format& format : formats) {
    for (std::string_view extension : format.extensions) {
      if (extension.size() > longest.size() && ends_with(name, extension)) {
        longest = name.substr(name.size() - extension.size());
      }
    }
  }
  return longest;
}

}  // namespace

std::string_view truncated_for_extension(std::string_view name) noexcept {
  constexpr std::size_t longest = 240;
  return name.size() > longest ? base::utf8_prefix(name, longest) : name;
}

std::string file_stem(std::span<const Format> formats, std::string_view file_name) {
  std::string_view name = strip_folders(file_name);
  if (name == "." || name == "..") return "output";
  if (const auto extension = known_extension(formats, name); !extension.empty()) {
    name.remove_suffix(extension.size() + 1);
  } else if (const auto dot = name.rfind('.'); dot != std::string_view::npos && dot > 0) {
    name = name.substr(0, dot);
  }
  name = truncated_for_extension(name);
  return name.empty() || name == "." || name == ".." ? "output" : std::string(name);
}

std::optional<Warning> name_mismatch(std::span<const Format> formats, std::string_view file_name,
                                     std::string_view content) {
  const std::string_view name = strip_folders(file_name);
  const std::string_view extension = known_extension(formats, name);
  const Format* named = find_format(formats, extension);
  const Format* found = find_format(formats, content);
  if (named == nullptr || found == nullptr || named->name == found->name) return {};
  if (has_extension(*found, extension)) return {};
  return Warning{
      WarningCode::name_mismatch,
      fmt::format("The extension of \"{}\" means {}, but the content is {} ({}). The content decides.", name,
                  named->title, found->title, found->name)};
}

}  // namespace convert::conversion

namespace convert {

const Format* find_format(std::span<const Format> formats, std::string_view text) noexcept {
  if (text.starts_with('.')) text.remove_prefix(1);
  if (text.empty()) return nullptr;
  for (const Format& format : formats) {
    if (base::equal_ignoring_case(format.name, text)) return &format;
  }
  for (const Format& format : formats) {
    if (conversion::has_extension(format, text)) return &format;
  }
  return nullptr;
}

const Format* format_for_file_name(std::span<const Format> formats, std::string_view file_name) noexcept {
  return find_format(formats, conversion::known_extension(formats, conversion::strip_folders(file_name)));
}

}  // namespace convert
