// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>

namespace convert::archive {

/// The one entry that is asked for by name, if one is.
class EntrySelector {
 public:
  explicit EntrySelector(std::string_view requested);

  bool active() const { return !requested_.empty(); }
  /// Whether `name` is it: "./a/b", "a/b/" and "a/b" are the same.
  bool matches(std::string_view name);
  bool found() const { return found_; }
  /// `not_found`, with the names that are there (those like the wanted one first).
  Error not_found_error() const;

 private:
  std::string requested_;
  bool found_ = false;
  std::vector<std::string> similar_;
  std::vector<std::string> others_;
};

}  // namespace convert::archive
