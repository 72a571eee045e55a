// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
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

/// The connection that writes: the file in WAL mode, made if it is missing, with this build's schema. Errors:
/// those of `migrate`, `io` (the file or its folder can't be opened or written, or can't have such a log),
/// `unavailable` (others write for longer than the busy timeout).
Result<std::unique_ptr<Connection>> open_database(Database database, const Schema& schema,
                                                  std::chrono::milliseconds busy_timeout);

}  // namespace convert::sqlite
