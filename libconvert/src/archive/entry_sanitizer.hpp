// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "archive/archive_entry.hpp"

namespace convert::archive {

/// Checks the entries of untrusted archives: rejects names and links that leave the root, skips entries that
/// are not files, folders or links.
class EntrySanitizer {
 public:
  explicit EntrySanitizer(ConversionContext& context) : context_(context) {}

  /// Normalises the names of `entry`. False: skip the entry. Errors: `unsafe_path`.
  Result<bool> sanitize(Entry& entry);
  /// Call after the last entry: checks links that only the complete list can decide. Errors: `unsafe_path`.
  Result<void> finish() const;

 private:
  Result<void> sanitize_link(Entry& entry);
  bool passes_through_link(const std::string& path) const;

  ConversionContext& context_;
  std::set<std::string, std::less<>> links_;  // all symbolic links so far
  struct UpwardLink {
    std::string name;
    std::string target;
  };
  std::vector<UpwardLink> upward_links_;  // links whose targets descend and ascend again
};

}  // namespace convert::archive
