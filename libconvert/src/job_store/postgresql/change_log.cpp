// SPDX-License-Identifier: MIT
#include "job_store/postgresql/change_log.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <thread>

#include "base/try.hpp"
#include "job_store/postgresql/postgresql_job_statements.hpp"

namespace convert::job_store::pg {
namespace {

using postgresql::Connection;
using postgresql::ConnectionPool;
using postgresql::Rows;

/// How many entries one transaction removes: this takes some milliseconds.
constexpr std::int64_t kTrimmed = 2'000;
/// How often, and with what pauses, a reader looks again while all new entries wait for an earlier writer.
/// Writers need a round trip and a flush.
constexpr int kMaxLooks = 4;
constexpr std::chrono::milliseconds kPauseBetweenLooks(2);

/// The entries of a query that are safe to return, and whether there are others.
struct SafeChanges {
  std::vector<Change> changes;
  bool held_back = false;
};

/// Reads kListChangeRows up to the first entry that is not safe. `horizon`: entries below it are safe too.
SafeChanges read_safe_changes(Rows& rows, Revision horizon) {
  SafeChanges safe;
  while (rows.next()) {
    const Revision revision = rows.integer(0);
    safe.held_back = !rows.boolean(6) && revision >= horizon;
    if (safe.held_back) break;
    safe.changes.push_back({revision, rows.integer(1), rows.text(2), static_cast<ChangeKind>(rows.integer(3)),
                            static_cast<JobState>(rows.integer(4)), rows.time(5)});
  }
  return safe;
}

/// The revision below which the writers of the log have ended. What a later statement sees below it is
/// complete. Other transactions of the server, which may be long, do not count.
Revision find_oldest_writer(Connection& connection) {
  auto rows = connection.query(kOldestWriter);
  return rows.next() ? rows.integer(0) : 0;
}

/// Reads lines with `list`, which runs a statement with the columns of kListChangeRows.
template <class List>
Result<std::vector<Change>> read_complete_changes(ConnectionPool& pool, const List& list) {
  SafeChanges found;
  for (int looks = 1; looks <= kMaxLooks; ++looks) {
    CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
      auto rows = list(connection);
      found = read_safe_changes(rows, 0);
      if (!found.held_back) return {};
      const Revision horizon = find_oldest_writer(connection);
      auto later_rows = list(connection);
      if (!connection.failed()) found = read_safe_changes(later_rows, horizon);
      return {};
    }));
    if (!found.held_back || !found.changes.empty()) break;
    std::this_thread::sleep_for(kPauseBetweenLooks);
  }
  return std::move(found.changes);
}

std::int64_t limit_of(std::size_t max) {
  return static_cast<std::int64_t>(std::min<std::size_t>(max, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

Result<std::vector<Change>> read_changes(ConnectionPool& pool, Revision after, std::size_t max) {
  if (max == 0) return std::vector<Change>();
  return read_complete_changes(
      pool, [&](Connection& connection) { return connection.query(kListChangeRows, after, limit_of(max)); });
}

Result<std::vector<Change>> read_job_changes(ConnectionPool& pool, JobId id, Revision after,
                                             std::size_t max) {
  if (max == 0) return std::vector<Change>();
  return read_complete_changes(pool, [&](Connection& connection) {
    return connection.query(kListJobChangeRows, after, limit_of(max), id);
  });
}

Result<Revision> read_last_revision(ConnectionPool& pool) {
  Revision last = 0;
  CONVERT_TRY(pool.read([&](Connection& connection) -> Result<void> {
    auto rows = connection.query(kLastSafeRevision);
    if (!rows.next()) return {};
    last = rows.integer(0);
    if (last == rows.integer(1)) return {};
    const Revision horizon = find_oldest_writer(connection);
    auto later_rows = connection.query(kLastRevisionBelow, horizon);
    if (later_rows.next()) last = std::max(last, later_rows.integer(0));
    return {};
  }));
  return last;
}

Result<void> trim_changes(ConnectionPool& pool, Time before) {
  std::int64_t removed = kTrimmed;
  while (removed == kTrimmed) {
    const auto end = pool.run({true, false}, [&](Connection& connection) -> Result<void> {
      removed = connection.execute(kTrimChanges, before, kTrimmed);
      return {};
    });
    CONVERT_TRY(end.result());
  }
  return pool
      .run({true, false},
           [](Connection& connection) -> Result<void> {
             connection.post(kForgetOwners);
             return {};
           })
      .result();
}

}  // namespace convert::job_store::pg
