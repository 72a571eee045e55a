// SPDX-License-Identifier: MIT
#include "accounts/postgresql/stored_usage.hpp"

#include <array>
#include <limits>
#include <string>
#include <vector>

#include "accounts/account_rules.hpp"
#include "accounts/counted_events.hpp"
#include "accounts/postgresql/stored_accounts.hpp"

namespace convert::server::accounts {
namespace {

using PgConnection = postgresql::Connection;

constexpr std::int64_t kSweepPage = 5'000;  // rows of each table

/// The statements of this file. A statement sees the tables as they were when it started, without its own
/// changes: sums leave out the row that it changes, and add it.
struct UsageSql {
  // $1 id, $2 account, $3 bytes, $4 tasks, $5 day, $6 end of the lease, $7 limit of the day (0: none), $8 now
  static constexpr std::string_view kReserve =
      "WITH counted AS ("
      "  INSERT INTO task_days AS d (account, day, tasks) SELECT $2::text, $5::bigint, $4::bigint "
      "  WHERE $7::bigint = 0 OR $4::bigint <= $7::bigint "
      "  ON CONFLICT (account, day) DO UPDATE SET tasks = d.tasks + excluded.tasks "
      "  WHERE $7::bigint = 0 OR d.tasks + excluded.tasks <= $7::bigint RETURNING d.tasks), "
      "made AS ("
      "  INSERT INTO quota_reservations (id, account, bytes, tasks, day, expires) "
      "  SELECT $1::text, $2::text, $3::bigint, $4::bigint, $5::bigint, $6::bigint FROM counted) "
      "SELECT (COALESCE(sum(r.bytes), 0) + CASE WHEN $6 > $8 THEN $3 ELSE 0 END)::bigint, "
      "  (COALESCE(sum(r.tasks), 0) + CASE WHEN $6 > $8 THEN $4 ELSE 0 END)::bigint, counted.tasks "
      "FROM counted LEFT JOIN quota_reservations r ON r.account = $2 AND r.expires > $8 "
      "GROUP BY counted.tasks";
  static constexpr std::string_view kLockOwner =
      "SELECT pg_advisory_xact_lock(hashtextextended(account, 7246113928)) FROM quota_reservations "
      "WHERE id = $1";
  // $1 id, $2 bytes, $3 now, $4 the most bytes that are counted
  static constexpr std::string_view kGrow =
      "WITH grown AS ("
      "  UPDATE quota_reservations SET bytes = LEAST(bytes + $2, $4) WHERE id = $1 AND expires > $3 "
      "  RETURNING account, bytes, tasks, day) "
      "SELECT (COALESCE(sum(r.bytes), 0) + grown.bytes)::bigint, "
      "  (COALESCE(sum(r.tasks), 0) + grown.tasks)::bigint, "
      "  COALESCE((SELECT d.tasks FROM task_days d WHERE d.account = grown.account AND d.day = grown.day), "
      "0) "
      "FROM grown "
      "LEFT JOIN quota_reservations r ON r.account = grown.account AND r.expires > $3 AND r.id <> $1 "
      "GROUP BY grown.account, grown.bytes, grown.tasks, grown.day";
  static constexpr std::string_view kRenew =
      "UPDATE quota_reservations SET expires = $3 WHERE id = ANY ($1::text[]) AND expires > $2";
  static constexpr std::string_view kSettle = "DELETE FROM quota_reservations WHERE id = $1";
  static constexpr std::string_view kRelease =
      "WITH gone AS (DELETE FROM quota_reservations WHERE id = $1 RETURNING account, day, tasks) "
      "UPDATE task_days d SET tasks = GREATEST(d.tasks - gone.tasks, 0) FROM gone "
      "WHERE d.account = gone.account AND d.day = gone.day";
  static constexpr std::string_view kTotals =
      "SELECT COALESCE(sum(bytes), 0)::bigint, COALESCE(sum(tasks), 0)::bigint, "
      "  COALESCE((SELECT d.tasks FROM task_days d WHERE d.account = $1 AND d.day = $3), 0) "
      "FROM quota_reservations WHERE account = $1 AND expires > $2";

  // $4 now, $5 created before this: expired; $6 running since before this: abandoned
  static constexpr std::string_view kAcquire =
      "INSERT INTO idempotent_requests AS r (account, key, unique_key, done, since, created, status, answer) "
      "VALUES ($1, $2, $3, false, $4, $4, 0, '') ON CONFLICT (account, key) DO UPDATE SET "
      "  unique_key = CASE WHEN r.created <= $5 THEN excluded.unique_key ELSE r.unique_key END, "
      "  created = CASE WHEN r.created <= $5 THEN excluded.created ELSE r.created END, "
      "  since = excluded.since, done = false, status = 0, answer = '' "
      "WHERE r.created <= $5 OR (NOT r.done AND r.since <= $6) RETURNING r.unique_key";
  static constexpr std::string_view kFindRequest =
      "SELECT unique_key, done, status, answer FROM idempotent_requests WHERE account = $1 AND key = $2";
  static constexpr std::string_view kRenewRequests =
      "UPDATE idempotent_requests r SET since = $3 FROM unnest($1::text[], $2::text[]) AS u (account, key) "
      "WHERE r.account = u.account AND r.key = u.key AND NOT r.done AND r.since <> $4";
  static constexpr std::string_view kComplete =
      "UPDATE idempotent_requests SET done = true, status = $3, answer = $4 WHERE account = $1 AND key = $2";
  static constexpr std::string_view kAbandon =
      "UPDATE idempotent_requests SET since = $3 WHERE account = $1 AND key = $2 AND NOT done";

  // $2 now, $3 step, $4 tolerance
  static constexpr std::string_view kCount =
      "INSERT INTO counted_events AS e (key, idle) VALUES ($1, $2::bigint + $3::bigint) "
      "ON CONFLICT (key) DO UPDATE SET idle = GREATEST(e.idle, $2) + $3 "
      "WHERE GREATEST(e.idle, $2) - $2 <= $4 RETURNING e.idle";
  static constexpr std::string_view kFindEvent = "SELECT idle FROM counted_events WHERE key = $1";
  static constexpr std::string_view kUncount =
      "UPDATE counted_events SET idle = GREATEST(idle - $3, $2) WHERE key = $1";

  static constexpr std::string_view kLockSweep =
      "SELECT pg_try_advisory_xact_lock(hashtextextended('convert.accounts.sweep.' || current_schema(), 0))";
  // At most $2 rows each, so that a statement ends in time and holds few locks. Rows that another transaction
  // changes are left for the next sweep: no deadlock.
  static constexpr std::string_view kSweepReservations =
      "WITH ended AS (SELECT id FROM quota_reservations WHERE expires <= $1 LIMIT $2 FOR UPDATE SKIP "
      "LOCKED), "
      "gone AS (DELETE FROM quota_reservations r USING ended WHERE r.id = ended.id "
      "  RETURNING r.account, r.day, r.tasks), "
      "sums AS (SELECT account, day, sum(tasks)::bigint AS tasks FROM gone GROUP BY account, day), "
      "taken AS (UPDATE task_days d SET tasks = GREATEST(d.tasks - sums.tasks, 0) FROM sums "
      "  WHERE d.account = sums.account AND d.day = sums.day) "
      "SELECT 1 FROM gone";
  static constexpr std::string_view kSweepDays =
      "WITH old AS (SELECT account, day FROM task_days WHERE day < $1 LIMIT $2 FOR UPDATE SKIP LOCKED) "
      "DELETE FROM task_days d USING old WHERE d.account = old.account AND d.day = old.day";
  static constexpr std::string_view kSweepRequests =
      "WITH old AS (SELECT account, key FROM idempotent_requests WHERE created <= $1 LIMIT $2 "
      "  FOR UPDATE SKIP LOCKED) "
      "DELETE FROM idempotent_requests r USING old WHERE r.account = old.account AND r.key = old.key";
  static constexpr std::string_view kSweepEvents =
      "WITH old AS (SELECT key FROM counted_events WHERE idle <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED) "
      "DELETE FROM counted_events e USING old WHERE e.key = old.key";

  static constexpr std::string_view kNow =
      "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
};

/// The current row of a statement that selects bytes, tasks and the tasks of the day.
Reservation reservation_of(std::string_view id, const postgresql::Rows& row) {
  return {std::string(id), static_cast<std::uint64_t>(row.integer(0)),
          static_cast<std::uint32_t>(row.integer(1)), static_cast<std::uint32_t>(row.integer(2))};
}

}  // namespace

Result<Reservation> reserve(PgConnection& connection, std::string_view id, const QuotaRequest& request,
                            Time now, std::chrono::milliseconds lease) {
  const auto limit = request.tasks_per_day.value_or(0);
  lock_account(connection, request.account);
  auto rows = connection.query(UsageSql::kReserve, id, request.account, clamp_bytes(request.bytes),
                               request.tasks, utc_day(now), now + lease, limit, now);
  if (!rows.next()) return daily_limit_reached(limit);
  return reservation_of(id, rows);
}

Result<Reservation> grow(PgConnection& connection, std::string_view id, std::uint64_t bytes, Time now) {
  constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
  connection.post(UsageSql::kLockOwner, id);
  auto rows = connection.query(UsageSql::kGrow, id, clamp_bytes(bytes), now, clamp_bytes(kMax));
  if (!rows.next()) return no_such_reservation();
  return reservation_of(id, rows);
}

void renew(PgConnection& connection, std::span<const std::string> ids, Time now,
           std::chrono::milliseconds lease) {
  connection.execute(UsageSql::kRenew, ids, now, now + lease);
}

void settle(PgConnection& connection, std::string_view id) { connection.execute(UsageSql::kSettle, id); }

void release(PgConnection& connection, std::string_view id) { connection.execute(UsageSql::kRelease, id); }

Reservation reserved_usage(PgConnection& connection, std::string_view account, Time now) {
  auto rows = connection.query(UsageSql::kTotals, account, now, utc_day(now));
  return rows.next() ? reservation_of({}, rows) : Reservation{};
}

std::optional<IdempotencyRecord> begin_request(PgConnection& connection, std::string_view account,
                                               std::string_view key, std::string_view unique_key, Time now,
                                               std::chrono::milliseconds lifetime,
                                               std::chrono::milliseconds stale_after) {
  using State = IdempotencyRecord::State;
  const auto started = connection.post_query(UsageSql::kAcquire, account, key, unique_key, now,
                                             now - lifetime, now - stale_after);
  auto row = connection.query(UsageSql::kFindRequest, account, key);
  auto acquired = connection.rows(started);
  if (acquired.next()) return IdempotencyRecord{State::acquired, acquired.text(0), 0, {}};
  if (!row.next()) return {};
  if (row.boolean(1)) {
    return IdempotencyRecord{State::done, row.text(0), static_cast<unsigned>(row.integer(2)), row.text(3)};
  }
  // After an unknown outcome the row may be the one that this call has made before.
  const bool ours = row.view(0) == unique_key;
  return IdempotencyRecord{ours ? State::acquired : State::running, row.text(0), 0, {}};
}

void renew_requests(PgConnection& connection, std::span<const IdempotentRequestName> requests, Time now) {
  std::vector<std::string> accounts;
  std::vector<std::string> keys;
  for (const auto& request : requests) {
    accounts.push_back(request.account);
    keys.push_back(request.key);
  }
  connection.execute(UsageSql::kRenewRequests, accounts, keys, now, kAbandoned);
}

void complete_request(PgConnection& connection, std::string_view account, std::string_view key,
                      unsigned status, std::string_view answer) {
  connection.execute(UsageSql::kComplete, account, key, status, answer);
}

void abandon_request(PgConnection& connection, std::string_view account, std::string_view key) {
  connection.execute(UsageSql::kAbandon, account, key, kAbandoned);
}

std::optional<std::chrono::milliseconds> count_event(PgConnection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now) {
  const auto rate = event_rate(limit);
  const auto counted =
      connection.post_query(UsageSql::kCount, key, event_time(now), rate.step, rate.tolerance);
  const auto wait = check_event(connection, key, limit, now);
  if (connection.rows(counted).next()) return {};
  return wait;
}

std::optional<std::chrono::milliseconds> check_event(PgConnection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now) {
  auto rows = connection.query(UsageSql::kFindEvent, key);
  return event_wait(event_rate(limit), rows.next() ? rows.integer(0) : 0, event_time(now));
}

void uncount_event(PgConnection& connection, std::string_view key, const RateLimit& limit, Time now) {
  connection.execute(UsageSql::kUncount, key, event_time(now), event_rate(limit).step);
}

bool sweep(PgConnection& connection, Time now, std::chrono::milliseconds lifetime) {
  auto locked = connection.query(UsageSql::kLockSweep);
  if (!locked.next() || !locked.boolean(0)) return false;
  const std::array tickets{
      connection.post_query(UsageSql::kSweepReservations, now, kSweepPage),
      connection.post_query(UsageSql::kSweepDays, oldest_counted_day(now), kSweepPage),
      connection.post_query(UsageSql::kSweepRequests, now - lifetime, kSweepPage),
      connection.post_query(UsageSql::kSweepEvents, event_time(now), kSweepPage),
  };
  bool more = false;
  for (const auto ticket : tickets) more = connection.rows(ticket).affected() >= kSweepPage || more;
  return more;
}

Time server_time(PgConnection& connection) {
  auto rows = connection.query(UsageSql::kNow);
  return rows.next() ? rows.time(0) : Time{};
}

}  // namespace convert::server::accounts
