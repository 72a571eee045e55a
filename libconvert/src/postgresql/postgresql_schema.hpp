// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include <convert/result.hpp>

#include "postgresql/connection_pool.hpp"
#include "sql/migration.hpp"

namespace convert::postgresql {

/// The tables of a store. Several stores share a schema of the database, each with its own versions, which
/// are in the table `schema_versions` (component, version, oldest).
struct Schema {
  std::string_view component;             ///< "jobs", "accounts"
  std::span<const sql::Migration> steps;  ///< in order; add new ones at the end, never change old ones
};

/// The version of the component's tables; zero without tables.
Result<sql::SchemaVersion> schema_version(ConnectionPool& pool, std::string_view component);

/// Creates the schema and `schema_versions` where they are missing, and applies the steps that the component
/// lacks, each in a transaction of its own under an advisory lock. A newer version stays as it is, if it
/// permits this build. Several processes may call it at once. After a kill, the next call continues. Returns
/// the number of applied steps. Errors: `unsupported` (too new), `invalid_argument` (the role has no right to
/// create tables), and those of the connection.
Result<int> migrate(ConnectionPool& pool, const Schema& schema);

/// Makes sure that this build can use the tables, when a store is opened: migrates them, or, if the role has
/// no right to, returns an error that tells to run `convertd migrate`.
Result<void> require_schema(ConnectionPool& pool, const Schema& schema);

}  // namespace convert::postgresql
