// SPDX-License-Identifier: MIT
#include "sqlite/sqlite_database.hpp"

#include <fmt/format.h>

#include <string>
#include <thread>
#include <utility>

#include <convert/version.hpp>

#include "base/fault_point.hpp"
#include "base/try.hpp"

namespace convert::sqlite {
namespace {

constexpr std::string_view kCreateVersionTable =
    "CREATE TABLE IF NOT EXISTS schema_version (only INTEGER PRIMARY KEY CHECK (only = 1), "
    "version INTEGER NOT NULL, oldest INTEGER NOT NULL)";
constexpr std::string_view kSetVersion =
    "INSERT INTO schema_version (only, version, oldest) VALUES (1, $1, $2) "
    "ON CONFLICT (only) DO UPDATE SET version = excluded.version, oldest = excluded.oldest";

using sql::SchemaVersion;

std::int64_t query_integer(Connection& connection, std::string_view sql) {
  auto rows = connection.query(sql);
  return rows.next() ? rows.integer(0) : 0;
}

Result<SchemaVersion> read_version(Connection& connection, int application_id) {
  // In this order: another process may create the tables, then set the application id, at any moment.
  const auto tables = query_integer(connection, "SELECT COUNT(*) FROM sqlite_master");
  const auto application = query_integer(connection, "PRAGMA application_id");
  if (auto failure = connection.take_error()) return *failure;
  if (application != application_id && (application != 0 || tables != 0)) {
    return Error{Errc::internal,
                 fmt::format("{} is the database of another program: name another file for the {}.",
                             connection.file(), connection.database().what)};
  }
  if (tables == 0) return SchemaVersion{};
  SchemaVersion version;
  if (auto rows = connection.query("SELECT version, oldest FROM schema_version"); rows.next()) {
    version = {static_cast<int>(rows.integer(0)), static_cast<int>(rows.integer(1))};
  }
  if (auto failure = connection.take_error()) return *failure;
  return version;
}

Error too_new(const Connection& connection, const SchemaVersion& file, int ours) {
  return {
      Errc::unsupported,
      fmt::format("The database of {} {} has schema {}, which needs a build of libconvert that knows "
                  "schema {} or later; this one ({}) knows up to {}. Update it, or name another file.",
                  connection.database().what, connection.file(), file.version, file.oldest, version(), ours)};
}

/// The first step that the file lacks; null if it has all.
Result<const Migration*> find_next_step(Connection& connection, const Schema& schema) {
  CONVERT_TRY_ASSIGN(const auto file, read_version(connection, schema.application_id));
  const auto steps = sql::pending_migrations(schema.steps, file);
  if (!steps) return too_new(connection, file, schema.steps.back().version);
  return steps->empty() ? nullptr : &steps->front();
}

Result<void> apply_step(Connection& connection, const Migration& step, int application_id) {
  CONVERT_TRY(connection.script(std::string(step.statements)));
  CONVERT_FAULT_POINT("sqlite.migrate");
  connection.execute(kCreateVersionTable);
  connection.execute(kSetVersion, step.version, step.oldest);
  if (auto failure = connection.take_error()) return *failure;
  return connection.script(fmt::format("PRAGMA application_id = {}", application_id));
}

/// Applies the next step in a transaction of its own. False if there was none.
Result<bool> apply_next_step(Connection& connection, const Schema& schema) {
  CONVERT_TRY(connection.script("BEGIN IMMEDIATE"));
  // Looked up again under the lock: another process may have applied it.
  const auto step = find_next_step(connection, schema);
  auto applied = step && *step ? apply_step(connection, **step, schema.application_id) : Result<void>{};
  if (step && applied) applied = connection.script("COMMIT");
  // Reports the first error, not one of the rollback.
  connection.roll_back();
  if (!step) return step.error();
  if (!applied) return applied.error();
  return *step != nullptr;
}

}  // namespace

Result<void> migrate(Connection& connection, const Schema& schema) {
  for (;;) {
    // Without the lock: usually there is nothing to do, and others are writing.
    CONVERT_TRY_ASSIGN(const auto step, find_next_step(connection, schema));
    if (!step) return {};
    CONVERT_TRY(apply_next_step(connection, schema));
  }
}

namespace {

using std::chrono::milliseconds;

/// In pages of the WAL, 16 MB: a page that is written often is copied once.
constexpr int kCheckpointPages = 4000;

/// Switching to WAL mode needs an exclusive lock for a moment, for which SQLite does not use the busy
/// handler.
Result<void> enable_wal(Connection& connection, milliseconds busy_timeout) {
  const auto deadline = std::chrono::steady_clock::now() + busy_timeout;
  for (;;) {
    std::string mode;
    if (auto rows = connection.query("PRAGMA journal_mode = WAL"); rows.next()) mode = rows.text(0);
    auto failure = connection.take_error();
    if (!failure && mode == "wal") return {};
    if (!failure) {
      return Error{Errc::io, fmt::format("The file system of {} does not support write-ahead logs: put the "
                                         "database of {} on a local disk.",
                                         connection.file(), connection.database().what)};
    }
    if (failure->code != Errc::unavailable || std::chrono::steady_clock::now() >= deadline) return *failure;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

}  // namespace

Result<std::unique_ptr<Connection>> open_database(Database database, const Schema& schema,
                                                  milliseconds busy_timeout) {
  auto opened = Connection::open(std::move(database), Connection::Access::write, busy_timeout);
  if (!opened) return opened;
  auto& connection = **opened;
  // SQLite opens a file that is not writable for reading, and reports it only at the first write.
  if (connection.read_only()) return sqlite_error(SQLITE_READONLY, connection.database(), "opened read-only");
  CONVERT_TRY(enable_wal(connection, busy_timeout));
  // cell_size_check finds damaged pages when they are read; journal_size_limit truncates a WAL that grew
  // behind a slow reader.
  const auto set = connection.script(
      "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; "
      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384");
  if (!set) return set.error();
  connection.checkpoint_wal_at(kCheckpointPages);
  CONVERT_TRY(migrate(connection, schema));
  return opened;
}

}  // namespace convert::sqlite
