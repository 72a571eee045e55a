// SPDX-License-Identifier: MIT
#include "postgresql/postgresql_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <convert/version.hpp>

#include "base/try.hpp"
#include "sql/dialect.hpp"

namespace convert::postgresql {
namespace {

/// A step may rewrite a large table, or wait for another process that does.
constexpr std::chrono::minutes kStepTimeout(30);
constexpr std::string_view kLocalStepTimeout = "SET LOCAL statement_timeout = '30min'";

/// What the role of the connection may do with the tables.
struct SchemaState {
  bool has_schema = false;
  bool has_versions = false;  // the table schema_versions
  bool may_read = false;
  bool may_change = false;
  std::string role;
};

// Reads the catalogue only, so that it needs no rights.
constexpr std::string_view kReadState = R"(
SELECT n.oid IS NOT NULL, c.oid IS NOT NULL,
  COALESCE(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), false),
  CASE WHEN n.oid IS NULL THEN has_database_privilege(current_database(), 'CREATE')
    ELSE has_schema_privilege(n.oid, 'CREATE') AND COALESCE(pg_has_role(c.relowner, 'USAGE'), true) END,
  current_user::text
FROM (VALUES (1)) AS one (x)
LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $1
LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = 'schema_versions')";

constexpr std::string_view kReadVersion = "SELECT version, oldest FROM schema_versions WHERE component = $1";
constexpr std::string_view kCreateVersions =
    "CREATE TABLE IF NOT EXISTS schema_versions (component text COLLATE \"C\" PRIMARY KEY, "
    "version bigint NOT NULL, oldest bigint NOT NULL, applied timestamptz NOT NULL DEFAULT now())";
constexpr std::string_view kSetVersion =
    "INSERT INTO schema_versions (component, version, oldest) VALUES ($1, $2, $3) "
    "ON CONFLICT (component) DO UPDATE SET version = excluded.version, oldest = excluded.oldest, "
    "applied = now()";
/// One process at a time changes a schema. A collision of the hash only makes it wait.
constexpr std::string_view kLock =
    "SELECT pg_advisory_xact_lock(hashtextextended('convert.schema_versions.' || $1, 0))";

SchemaState read_state(Connection& connection) {
  SchemaState state;
  auto rows = connection.query(kReadState, connection.options().schema);
  if (rows.next()) {
    state = {rows.boolean(0), rows.boolean(1), rows.boolean(2), rows.boolean(3), rows.text(4)};
  }
  return state;
}

sql::SchemaVersion read_version(Connection& connection, std::string_view component) {
  auto rows = connection.query(kReadVersion, component);
  if (!rows.next()) return {};
  return {static_cast<int>(rows.integer(0)), static_cast<int>(rows.integer(1))};
}

Error not_readable(const SchemaState& state, const ConnectionOptions& options) {
  return {
      Errc::invalid_argument,
      fmt::format("The role \"{}\" may not read the tables in the schema \"{}\" of {}. Grant it the rights "
                  "of the script least-privileges.sql.",
                  state.role, options.schema, options.target)};
}

Error must_migrate(const SchemaState& state, const ConnectionOptions& options, const Schema& schema,
                   sql::SchemaVersion found) {
  return {
      Errc::invalid_argument,
      fmt::format("The schema \"{}\" of {} has version {} of the tables of {}, and this build needs {}. The "
                  "role \"{}\" may not change them: run \"convertd migrate\" as the role that owns the "
                  "schema, then start again.",
                  options.schema, options.target, found.version, schema.component,
                  schema.steps.back().version, state.role)};
}

/// The statements of a step. Each ends with a semicolon at the end of a line.
std::vector<std::string> statements_of(const sql::Migration& step) {
  const std::string text = sql::for_dialect(step.statements, sql::Dialect::postgresql);
  std::vector<std::string> statements;
  constexpr std::string_view kSpace = " \t\n";
  for (std::size_t start = text.find_first_not_of(kSpace); start != text.npos;
       start = text.find_first_not_of(kSpace, start)) {
    const std::size_t end = std::min(text.find(";\n", start), text.size());
    statements.push_back(text.substr(start, end - start));
    if (statements.back().ends_with(';')) statements.back().pop_back();
    start = std::min(end + 1, text.size());
  }
  return statements;
}

Error schema_too_new(const ConnectionOptions& options, const Schema& schema, sql::SchemaVersion found) {
  return {Errc::unsupported,
          fmt::format("The schema \"{}\" of {} has version {} of the tables of {}, which needs a build that "
                      "knows version {} or later; this one ({}) knows up to {}. Update it.",
                      options.schema, options.target, found.version, schema.component, found.oldest,
                      convert::version(), schema.steps.back().version)};
}

/// What a database lacks.
struct Pending {
  SchemaState state;
  sql::SchemaVersion version;
  std::span<const sql::Migration> steps;
};

Result<Pending> find_pending(Connection& connection, const Schema& schema) {
  Pending pending;
  pending.state = read_state(connection);
  if (connection.failed()) return *connection.error();
  if (pending.state.has_versions && !pending.state.may_read)
    return not_readable(pending.state, connection.options());
  if (pending.state.has_versions) pending.version = read_version(connection, schema.component);
  if (connection.failed()) return *connection.error();
  const auto steps = sql::pending_migrations(schema.steps, pending.version);
  if (!steps) return schema_too_new(connection.options(), schema, pending.version);
  pending.steps = *steps;
  return pending;
}

Result<Pending> find_pending(ConnectionPool& pool, const Schema& schema) {
  Pending pending;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    CONVERT_TRY_ASSIGN(pending, find_pending(connection, schema));
    return {};
  }));
  return pending;
}

/// Applies the next step in the transaction of `connection`. False if there is none.
Result<bool> apply_next_step(Connection& connection, const Schema& schema) {
  const auto& options = connection.options();
  connection.post("SET LOCAL lock_timeout = 0");
  connection.post(kLocalStepTimeout);  // behind a pooler, that of the session does not hold
  connection.post(kLock, options.schema);
  // Looked up under the lock: another process may have applied it.
  CONVERT_TRY_ASSIGN(const auto pending, find_pending(connection, schema));
  if (pending.steps.empty()) return false;
  if (!pending.state.may_change) return must_migrate(pending.state, options, schema, pending.version);
  // A step that waits for a lock on a table makes all who use the table wait behind it.
  connection.post(fmt::format("SET LOCAL lock_timeout = {}", options.lock_timeout.count()));
  // Quoted without escapes: the options allow letters, digits and underscores only.
  if (!pending.state.has_schema) connection.post(fmt::format("CREATE SCHEMA \"{}\"", options.schema));
  if (!pending.state.has_versions) connection.post(kCreateVersions);
  const auto& step = pending.steps.front();
  for (const auto& statement : statements_of(step)) connection.post(statement);
  connection.post(kSetVersion, schema.component, step.version, step.oldest);
  CONVERT_TRY(connection.flush());
  return true;
}

}  // namespace

Result<sql::SchemaVersion> schema_version(ConnectionPool& pool, std::string_view component) {
  sql::SchemaVersion version;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    const auto state = read_state(connection);
    if (connection.failed()) return {};
    if (state.has_versions && !state.may_read) return not_readable(state, connection.options());
    version = state.has_versions ? read_version(connection, component) : sql::SchemaVersion{};
    return {};
  }));
  return version;
}

Result<int> migrate(ConnectionPool& pool, const Schema& schema) {
  for (int applied = 0;;) {
    // Without the lock: usually there is nothing to do.
    CONVERT_TRY_ASSIGN(const auto pending, find_pending(pool, schema));
    if (pending.steps.empty()) return applied;
    if (!pending.state.may_change)
      return must_migrate(pending.state, pool.options(), schema, pending.version);
    bool stepped = false;  // else another process has just applied it
    const auto end = pool.transaction({true, true}, [&](Connection& connection) -> Result<void> {
      CONVERT_TRY(connection.set_statement_timeout(kStepTimeout));
      const auto step = apply_next_step(connection, schema);
      (void)connection.set_statement_timeout(connection.options().statement_timeout);  // keeps its error
      stepped = step.value_or(false);
      return step ? Result<void>() : Result<void>(step.error());
    });
    CONVERT_TRY(end.result());
    if (stepped) ++applied;
  }
}

Result<void> require_schema(ConnectionPool& pool, const Schema& schema) {
  CONVERT_TRY(migrate(pool, schema));
  return {};
}

}  // namespace convert::postgresql
