// SPDX-License-Identifier: MIT
#include "archive/entry_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/utf8.hpp"

namespace convert::archive {
namespace {

constexpr std::array<char16_t, 128> kCp437 = {
    0x00C7, 0x00FC, 0x00E9, 0x00E2, 0x00E4, 0x00E0, 0x00E5, 0x00E7, 0x00EA, 0x00EB, 0x00E8, 0x00EF, 0x00EE,
    0x00EC, 0x00C4, 0x00C5, 0x00C9, 0x00E6, 0x00C6, 0x00F4, 0x00F6, 0x00F2, 0x00FB, 0x00F9, 0x00FF, 0x00D6,
    0x00DC, 0x00A2, 0x00A3, 0x00A5, 0x20A7, 0x0192, 0x00E1, 0x00ED, 0x00F3, 0x00FA, 0x00F1, 0x00D1, 0x00AA,
    0x00BA, 0x00BF, 0x2310, 0x00AC, 0x00BD, 0x00BC, 0x00A1, 0x00AB, 0x00BB, 0x2591, 0x2592, 0x2593, 0x2502,
    0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255D, 0x255C, 0x255B, 0x2510, 0x2514,
    0x2534, 0x252C, 0x251C, 0x2500, 0x253C, 0x255E, 0x255F, 0x255A, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
    0x256C, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256B, 0x256A, 0x2518, 0x250C,
    0x2588, 0x2584, 0x258C, 0x2590, 0x2580, 0x03B1, 0x00DF, 0x0393, 0x03C0, 0x03A3, 0x03C3, 0x00B5, 0x03C4,
    0x03A6, 0x0398, 0x03A9, 0x03B4, 0x221E, 0x03C6, 0x03B5, 0x2229, 0x2261, 0x00B1, 0x2265, 0x2264, 0x2320,
    0x2321, 0x00F7, 0x2248, 0x00B0, 0x2219, 0x00B7, 0x221A, 0x207F, 0x00B2, 0x25A0, 0x00A0,
};

std::vector<std::string_view> parts_of(std::string_view path, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto end = std::min(path.find_first_of(separators), path.size());
    if (end > 0 && path.substr(0, end) != ".") parts.push_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

bool has_drive(std::string_view path) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return path.size() >= 2 && letter(path[0]) && path[1] == ':';
}

bool is_absolute(std::string_view path) noexcept {
  return (!path.empty() && (path[0] == '/' || path[0] == '\\')) || has_drive(path);
}

bool has_parent_step(const std::vector<std::string_view>& parts) {
  return std::find(parts.begin(), parts.end(), "..") != parts.end();
}

std::string joined(const std::vector<std::string_view>& parts) {
  return fmt::format("{}", fmt::join(parts, "/"));
}

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

std::string from_cp437(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    base::append_utf8(text, byte < 0x80 ? byte : kCp437[byte - 0x80u]);
  }
  return text;
}

std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) base::append_utf8(text, static_cast<unsigned char>(c));
  return text;
}

std::optional<std::string> safe_path(std::string_view name) {
  if (is_absolute(name) || name.find('\0') != std::string_view::npos) return {};
  const auto windows_parts = parts_of(name, "/\\");
  if (has_parent_step(windows_parts)) return {};
  if (std::any_of(windows_parts.begin(), windows_parts.end(), has_drive)) return {};
  return joined(parts_of(name, "/"));
}

bool safe_link(std::string_view name, std::string_view target) {
  if (target.empty() || is_absolute(target) || target.find('\0') != std::string_view::npos) return false;
  for (const std::string_view separators : {"/", "/\\"}) {
    auto depth = static_cast<std::ptrdiff_t>(parts_of(name, "/").size()) - 1;
    for (const auto part : parts_of(target, separators)) {
      depth += part == ".." ? -1 : 1;
      if (depth < 0 || has_drive(part)) return false;
    }
  }
  return true;
}

bool ascends_after_descending(std::string_view target) {
  const auto parts = parts_of(target, "/");
  const auto down =
      std::find_if(parts.begin(), parts.end(), [](std::string_view part) { return part != ".."; });
  return std::find(down, parts.end(), "..") != parts.end();
}

std::optional<std::string> last_component(std::string_view name) {
  const auto parts = parts_of(name.substr(0, name.find('\0')), "/\\");
  if (parts.empty() || parts.back() == ".." || has_drive(parts.back())) return {};
  return std::string(parts.back());
}

std::string safe_input_name(std::string_view name) {
  auto text = base::is_utf8(name) ? std::string(name) : from_latin1(name);
  if (auto safe = safe_path(text); safe && !safe->empty()) return *std::move(safe);
  return last_component(text).value_or("file");
}

std::string relative_target(std::string_view name, std::string_view target) {
  auto from = parts_of(name, "/");
  auto to = parts_of(target, "/");
  from.pop_back();
  std::size_t common = 0;
  while (common < from.size() && common + 1 < to.size() && from[common] == to[common]) ++common;
  std::string prefix;
  for (std::size_t i = common; i < from.size(); ++i) prefix += "../";
  to.erase(to.begin(), to.begin() + static_cast<std::ptrdiff_t>(common));
  return prefix + joined(to);
}

std::string UniqueNames::add(const std::string& name) {
  if (taken_.insert(name).second) return name;
  const auto folder = name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1;
  const auto dot = name.rfind('.');
  auto split = dot == std::string::npos || dot <= folder ? name.size() : dot;
  if (split >= folder + 5 && name.compare(split - 4, 4, ".tar") == 0) split -= 4;
  for (int number = 2;; ++number) {
    auto candidate = fmt::format("{} ({}){}", name.substr(0, split), number, name.substr(split));
    if (taken_.insert(candidate).second) return candidate;
  }
}

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
  return {Errc::not_found, fmt::format("The archive has no entry \"{}\". Its entries include: {}.",
                                       requested_, fmt::join(names, ", "))};
}

}  // namespace convert::archive
