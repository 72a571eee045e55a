// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>

namespace convert::archive {

/// IBM code page 437, which ZIP names are in unless they say otherwise (PKWARE APPNOTE, appendix D).
std::string from_cp437(std::string_view bytes);
std::string from_latin1(std::string_view bytes);

/// An entry's name without "." and doubled separators: "./a//b/" -> "a/b". Empty for the root itself;
/// nothing for a name that would leave the root, wherever it is unpacked (on Windows too).
std::optional<std::string> safe_path(std::string_view name);

/// Whether a symbolic link at `name` (a safe path) with that target stays inside the root, as long as no
/// folder on its way is a link itself.
bool safe_link(std::string_view name, std::string_view target);
/// Whether the target goes down into a folder and up again: then that folder must be no link.
bool ascends_after_descending(std::string_view target);

/// A safe path for an input's name: as it is if it is safe, else its last part, else "file".
std::string safe_input_name(std::string_view name);
/// The part after the last "/" or "\", if it can be a file's name.
std::optional<std::string> last_component(std::string_view name);

/// The way from the folder of `name` to `target`, both safe paths: ("a/b", "c") -> "../c".
std::string relative_target(std::string_view name, std::string_view target);

/// Makes names of inputs unique: "a.txt", "a (2).txt".
class UniqueNames {
 public:
  std::string add(const std::string& name);

 private:
  std::set<std::string, std::less<>> taken_;
};

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
