// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string>
#include <vector>

#include "archive/entry.hpp"

namespace convert::archive {

/// What lets entries of somebody's archive through: refuses names and links that leave the root, drops what
/// is no file, folder or link.
class Gate {
 public:
  explicit Gate(Context& context) : context_(context) {}

  /// True: `entry` is safe now, its names are cleaned. False: leave it out. Errors: `unsafe_path`.
  Result<bool> admit(Entry& entry);
  /// After the last entry: what only all entries together show.
  Result<void> finish() const;

 private:
  Result<void> admit_link(Entry& entry);
  bool passes_link(const std::string& path) const;

  Context& context_;
  std::set<std::string, std::less<>> links_;  // every symbolic link so far
  struct Climber {
    std::string name;
    std::string target;
  };
  std::vector<Climber> climbers_;  // links whose targets go down and up again
};

}  // namespace convert::archive
