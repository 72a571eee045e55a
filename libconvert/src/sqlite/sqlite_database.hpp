// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include <convert/result.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::sqlite {

/// One step of a schema, made in one transaction.
struct Migration {
  int version = 0;  ///< that it leads to: 1, 2, 3, ...
  /// The oldest version whose builds can still use the tables afterwards: a step that only adds leaves it.
  int oldest = 0;
  std::string_view statements;
};

/// The tables of a database, and whose they are.
struct Schema {
  int application_id = 0;            ///< stands in the file's header; other than that of any other schema
  std::span<const Migration> steps;  ///< at least one, in order; new ones at the end, old ones never changed
};

/// Brings the file to the last step; a newer file is left as it is, if it allows that. Several processes may
/// do it at once. Killed at any instant, it goes on where it was the next time. Errors: `unsupported` (the
/// file's schema is too new), `internal` (the file is another program's), and those of the session.
Result<void> migrate(Connection& connection, const Schema& schema);

}  // namespace convert::sqlite
