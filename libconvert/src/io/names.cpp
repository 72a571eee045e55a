// SPDX-License-Identifier: MIT
#include "io/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "io/utf8.hpp"

namespace convert::io {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view without_folders(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

bool has_extension(const Format& format, std::string_view extension) {
  return std::any_of(format.extensions.begin(), format.extensions.end(),
                     [&](std::string_view own) { return same(own, extension); });
}

/// Whether `name` is something, a dot and `extension`.
bool ends_with(std::string_view name, std::string_view extension) {
  if (name.size() < extension.size() + 2) return false;
  const auto at = name.size() - extension.size();
  return name[at - 1] == '.' && same(name.substr(at), extension);
}

/// The longest extension of any row that `name` (without folders) ends with, or empty.
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

std::string_view extensible(std::string_view name) noexcept {
  constexpr std::size_t longest = 240;
  return name.size() > longest ? utf8_prefix(name, longest) : name;
}

std::string base_name(std::span<const Format> formats, std::string_view file_name) {
  std::string_view name = without_folders(file_name);
  if (name == "." || name == "..") return "output";
  if (const auto extension = known_extension(formats, name); !extension.empty()) {
    name.remove_suffix(extension.size() + 1);
  } else if (const auto dot = name.rfind('.'); dot != std::string_view::npos && dot > 0) {
    name = name.substr(0, dot);
  }
  name = extensible(name);
  return name.empty() || name == "." || name == ".." ? "output" : std::string(name);
}

std::optional<Warning> name_mismatch(std::span<const Format> formats, std::string_view file_name,
                                     std::string_view content) {
  const std::string_view name = without_folders(file_name);
  const std::string_view extension = known_extension(formats, name);
  const Format* said = find_format(formats, extension);
  const Format* found = find_format(formats, content);
  if (said == nullptr || found == nullptr || said->name == found->name) return {};
  if (has_extension(*found, extension)) return {};
  return Warning{WarningCode::name_mismatch,
                 fmt::format("The name \"{}\" says {}, but the content is {} ({}). The content was believed.",
                             name, said->title, found->title, found->name)};
}

}  // namespace convert::io

namespace convert {

const Format* find_format(std::span<const Format> formats, std::string_view text) noexcept {
  if (text.starts_with('.')) text.remove_prefix(1);
  if (text.empty()) return nullptr;
  for (const Format& format : formats) {
    if (io::same(format.name, text)) return &format;
  }
  for (const Format& format : formats) {
    if (io::has_extension(format, text)) return &format;
  }
  return nullptr;
}

const Format* format_of(std::span<const Format> formats, std::string_view file_name) noexcept {
  return find_format(formats, io::known_extension(formats, io::without_folders(file_name)));
}

}  // namespace convert
