// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string_view>

#include <convert/result.hpp>

#include "sql/migration.hpp"
#include "sqlite/sqlite_connection.hpp"

namespace convert::sqlite {

using sql::Migration;

/// The tables of a database, and the program that they belong to.
struct Schema {
  int application_id = 0;  ///< stored in the file's header; unique for each schema
  std::span<const Migration>
      steps;  ///< at least one, in order; add new ones at the end, never change old ones
};

/// Applies the steps that the file lacks. A newer file stays as it is, if its `oldest` permits this build.
/// Several processes may call it at once. After a kill, the next call continues. Errors: `unsupported` (the
/// file's schema is too new), `internal` (the file belongs to another program), and those of the connection.
Result<void> migrate(Connection& connection, const Schema& schema);

/// Opens the connection for writing: creates the file if it is missing, switches to WAL mode and migrates the
/// schema. Errors: those of `migrate`, `io` (the file or its folder is not accessible, or does not support a
/// WAL), `unavailable` (others write for longer than `busy_timeout`).
Result<std::unique_ptr<Connection>> open_database(Database database, const Schema& schema,
                                                  std::chrono::milliseconds busy_timeout);

}  // namespace convert::sqlite
