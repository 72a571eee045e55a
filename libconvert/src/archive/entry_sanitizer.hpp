// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "archive/archive_entry.hpp"

namespace convert::archive {

/// What lets entries of somebody's archive through: refuses names and links that leave the root, drops what
/// is no file, folder or link.
class EntrySanitizer {
 public:
  explicit EntrySanitizer(ConversionContext& context) : context_(context) {}

  /// True: `entry` is safe now, its names are cleaned. False: leave it out. Errors: `unsafe_path`.
  Result<bool> sanitize(Entry& entry);
  /// After the last entry: what only all entries together show.
  Result<void> finish() const;

 private:
  Result<void> sanitize_link(Entry& entry);
  bool passes_through_link(const std::string& path) const;

  ConversionContext& context_;
  std::set<std::string, std::less<>> links_;  // every symbolic link so far
  struct UpwardLink {
    std::string name;
    std::string target;
  };
  std::vector<UpwardLink> upward_links_;  // links whose targets go down and up again
};

}  // namespace convert::archive
