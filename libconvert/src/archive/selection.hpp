// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>

namespace convert::archive {

/// The one entry that is asked for by name, if one is.
class Selection {
 public:
  explicit Selection(std::string_view wanted);

  bool active() const { return !wanted_.empty(); }
  /// Whether `name` is it: "./a/b", "a/b/" and "a/b" are the same.
  bool matches(std::string_view name);
  bool found() const { return found_; }
  /// `not_found`, with the names that are there (those like the wanted one first).
  Error missing() const;

 private:
  std::string wanted_;
  bool found_ = false;
  std::vector<std::string> alike_;
  std::vector<std::string> others_;
};

}  // namespace convert::archive
