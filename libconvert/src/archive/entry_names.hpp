// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>

namespace convert::archive {

/// Decodes IBM code page 437, the default of ZIP names (PKWARE APPNOTE, appendix D).
std::string from_cp437(std::string_view bytes);
std::string from_latin1(std::string_view bytes);

/// Normalises an entry's name: "./a//b/" -> "a/b". Empty string for the root itself; empty optional for a
/// name that would leave the root when it is unpacked (on Windows too).
std::optional<std::string> safe_path(std::string_view name);

/// Whether a symbolic link at `name` (a safe path) with that target stays inside the root, provided that no
/// folder on the way is a link.
bool safe_link(std::string_view name, std::string_view target);
/// Whether the target descends into a folder and ascends again: then that folder must not be a link.
bool ascends_after_descending(std::string_view target);

/// A safe path for the name of an input: the name if it is safe, else its last component, else "file".
std::string safe_input_name(std::string_view name);
/// The part after the last "/" or "\", if it is a valid file name.
std::optional<std::string> last_component(std::string_view name);

/// The relative path from the folder of `name` to `target`, both safe paths: ("a/b", "c") -> "../c".
std::string relative_target(std::string_view name, std::string_view target);

/// Makes names unique: "a.txt", "a (2).txt".
class UniqueNames {
 public:
  std::string add(const std::string& name);

 private:
  std::set<std::string, std::less<>> taken_;
};

/// Selects one entry by name (`OutputSpec::entry`); inactive if the name is empty.
class EntrySelector {
 public:
  explicit EntrySelector(std::string_view requested);

  bool active() const { return !requested_.empty(); }
  /// Whether `name` is the requested entry: "./a/b", "a/b/" and "a/b" are equal.
  bool matches(std::string_view name);
  bool found() const { return found_; }
  /// `not_found`, with names of the archive in the message, similar ones first.
  Error not_found_error() const;

 private:
  std::string requested_;
  bool found_ = false;
  std::vector<std::string> similar_;
  std::vector<std::string> others_;
};

}  // namespace convert::archive
