// SPDX-License-Identifier: MIT
#include "sqlite/database.hpp"

#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace convert::sqlite {
namespace {

using std::chrono::milliseconds;

/// Pages of the log, 16 MB: each page is copied once for many times that it was written.
constexpr int kCheckpointPages = 4000;

/// Changing to WAL takes the whole file for itself for a moment, and does not wait for others who do the
/// same.
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
  // SQLite opens what it may not write for reading, and says so only at the first write.
  if (connection.read_only()) return sqlite_error(SQLITE_READONLY, connection.database(), "opened read-only");
  if (const auto done = enable_wal(connection, busy_timeout); !done) return done.error();
  // Pages that were damaged on the disk are found when they are read; a log that grew behind a slow reader
  // gives its room back.
  const auto set = connection.script(
      "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; "
      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384");
  if (!set) return set.error();
  connection.checkpoint_wal_at(kCheckpointPages);
  if (const auto migrated = migrate(connection, schema); !migrated) return migrated.error();
  return opened;
}

}  // namespace convert::sqlite
