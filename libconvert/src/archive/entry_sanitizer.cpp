// SPDX-License-Identifier: MIT
#include "archive/entry_sanitizer.hpp"

#include <fmt/format.h>

#include "archive/entry_names.hpp"
#include "base/try.hpp"

namespace convert::archive {
namespace {

Error unsafe_name(const std::string& name) {
  return {
      Errc::unsafe_path,
      fmt::format("The entry \"{}\" would be unpacked outside the target folder. The archive is rejected: "
                  "create it again with relative names.",
                  name)};
}

Error unsafe_link(const std::string& name, const std::string& target) {
  return {Errc::unsafe_path,
          fmt::format(
              "The entry \"{}\" is a link to \"{}\", which is outside the archive. The archive is rejected: "
              "create it again without that link.",
              name, target)};
}

}  // namespace

/// Whether a folder on the way to `path` is a symbolic link of this archive.
bool EntrySanitizer::passes_through_link(const std::string& path) const {
  if (links_.empty()) return false;
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (links_.contains(std::string_view(path).substr(0, slash))) return true;
  }
  return false;
}

Result<void> EntrySanitizer::sanitize_link(Entry& entry) {
  if (entry.kind == EntryKind::hard_link) {
    auto target = safe_path(entry.target);
    if (!target || target->empty() || passes_through_link(*target))
      return unsafe_link(entry.name, entry.target);
    entry.target = *std::move(target);
    return {};
  }
  if (!safe_link(entry.name, entry.target)) return unsafe_link(entry.name, entry.target);
  if (ascends_after_descending(entry.target)) upward_links_.push_back({entry.name, entry.target});
  links_.insert(entry.name);
  return {};
}

Result<bool> EntrySanitizer::sanitize(Entry& entry) {
  auto path = safe_path(entry.name);
  if (!path || passes_through_link(*path)) return unsafe_name(entry.name);
  if (path->empty()) return false;  // the root itself: "./"
  if (entry.kind == EntryKind::special) {
    context_.warn_limited(
        WarningCode::entry_skipped,
        fmt::format("The entry \"{}\" is a device, a pipe or a socket and was skipped.", entry.name));
    return false;
  }
  entry.name = *std::move(path);
  if (entry.kind == EntryKind::hard_link || entry.kind == EntryKind::symbolic_link) {
    CONVERT_TRY(sanitize_link(entry));
  }
  return true;
}

Result<void> EntrySanitizer::finish() const {
  for (const auto& link : upward_links_) {
    // "a/../../x" stays inside only if "a" is a folder; as a link it leads elsewhere.
    const auto folder = link.name.rfind('/');
    std::string folder_path = folder == std::string::npos ? "" : link.name.substr(0, folder + 1);
    std::string_view rest = link.target;
    while (!rest.empty()) {
      const auto end = std::min(rest.find('/'), rest.size());
      const auto part = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        const auto trimmed = folder_path.substr(0, folder_path.empty() ? 0 : folder_path.size() - 1);
        const auto parent = trimmed.rfind('/');
        folder_path = parent == std::string::npos ? "" : trimmed.substr(0, parent + 1);
      } else {
        folder_path.append(part);
        if (!rest.empty() && links_.contains(folder_path)) return unsafe_link(link.name, link.target);
        folder_path += '/';
      }
    }
  }
  return {};
}

}  // namespace convert::archive
