// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace convert::sql {

/// One step of a schema, applied in one transaction.
struct Migration {
  int version = 0;  ///< of the schema after this step: 1, 2, 3, ...
  /// The oldest version whose builds can still use the tables afterwards. Unchanged by a step that only adds.
  int oldest = 0;
  std::string_view statements;
};

/// What a database says about its schema. All zero without tables.
struct SchemaVersion {
  int version = 0;
  int oldest = 0;  ///< the oldest version whose builds can use the tables
  friend bool operator==(const SchemaVersion&, const SchemaVersion&) = default;
};

/// The steps that a database at `current` lacks, in order. Empty if it is newer than this build and still
/// usable by it; nothing if this build cannot use it.
inline std::optional<std::span<const Migration>> pending_migrations(std::span<const Migration> steps,
                                                                    SchemaVersion current) {
  if (current.oldest > steps.back().version) return std::nullopt;
  std::size_t applied = 0;
  while (applied < steps.size() && steps[applied].version <= current.version) ++applied;
  return steps.subspan(applied);
}

}  // namespace convert::sql
