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
constexpr int kCopiedFrom = 4000;

/// Changing to WAL takes the whole file for itself for a moment, and does not wait for others who do the
/// same.
Result<void> change_to_wal(Session& session, milliseconds patience) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  for (;;) {
    std::string mode;
    if (auto rows = session.query("PRAGMA journal_mode = WAL"); rows.next()) mode = rows.text(0);
    auto failure = session.take_failure();
    if (!failure && mode == "wal") return {};
    if (!failure) {
      return Error{Errc::io, fmt::format("The file system of {} does not support write-ahead logs: put the "
                                         "database of {} on a local disk.",
                                         session.file(), session.database().what)};
    }
    if (failure->code != Errc::unavailable || std::chrono::steady_clock::now() >= give_up) return *failure;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

}  // namespace

Result<std::unique_ptr<Session>> open_database(Database database, const Schema& schema,
                                               milliseconds busy_timeout) {
  auto opened = Session::open(std::move(database), Session::Access::write, busy_timeout);
  if (!opened) return opened;
  auto& session = **opened;
  // SQLite opens what it may not write for reading, and says so only at the first write.
  if (session.read_only()) return sqlite_error(SQLITE_READONLY, session.database(), "opened read-only");
  if (const auto done = change_to_wal(session, busy_timeout); !done) return done.error();
  // Pages that were damaged on the disk are found when they are read; a log that grew behind a slow reader
  // gives its room back.
  const auto set = session.script(
      "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA journal_size_limit = 67108864; "
      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384");
  if (!set) return set.error();
  session.copy_log_from(kCopiedFrom);
  if (const auto migrated = migrate(session, schema); !migrated) return migrated.error();
  return opened;
}

}  // namespace convert::sqlite
