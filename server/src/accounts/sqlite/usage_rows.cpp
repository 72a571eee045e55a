// SPDX-License-Identifier: MIT
#include "accounts/sqlite/usage_rows.hpp"

#include <optional>
#include <string>
#include <vector>

#include "accounts/account_rules.hpp"
#include "accounts/counted_events.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Connection;

constexpr std::string_view kAddToDay =
    "INSERT INTO days (account, day, tasks) VALUES ($1, $2, $3) "
    "ON CONFLICT (account, day) DO UPDATE SET tasks = tasks + excluded.tasks";
constexpr std::string_view kTakeFromDay =
    "UPDATE days SET tasks = MAX(tasks - $3, 0) WHERE account = $1 AND day = $2";
constexpr std::string_view kDayTasks = "SELECT tasks FROM days WHERE account = $1 AND day = $2";
constexpr std::string_view kInsertReservation =
    "INSERT INTO reservations (id, account, bytes, tasks, day, expires) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kFindReservation =
    "SELECT account, bytes, tasks, day, expires FROM reservations WHERE id = $1";
constexpr std::string_view kTotals =
    "SELECT COALESCE(SUM(bytes), 0), COALESCE(SUM(tasks), 0) FROM reservations WHERE account = $1 AND "
    "expires > $2";
constexpr std::string_view kGrow = "UPDATE reservations SET bytes = $2 WHERE id = $1";
constexpr std::string_view kRenew = "UPDATE reservations SET expires = $3 WHERE id = $1 AND expires > $2";
constexpr std::string_view kDeleteReservation = "DELETE FROM reservations WHERE id = $1";
constexpr std::string_view kEnded = "SELECT id FROM reservations WHERE expires <= $1";
constexpr std::string_view kDeleteOldDays = "DELETE FROM days WHERE day < $1";

struct ReservationRow {
  std::string account;
  std::uint64_t bytes = 0;
  std::int64_t tasks = 0;
  std::int64_t day = 0;
  Time expires{};
};

std::optional<ReservationRow> find_reservation(Connection& connection, std::string_view id) {
  auto rows = connection.query(kFindReservation, id);
  if (!rows.next()) return {};
  return ReservationRow{rows.text(0), static_cast<std::uint64_t>(rows.integer(1)), rows.integer(2),
                        rows.integer(3), rows.time(4)};
}

std::int64_t tasks_on_day(Connection& connection, std::string_view account, std::int64_t day) {
  auto rows = connection.query(kDayTasks, account, day);
  return rows.next() ? rows.integer(0) : 0;
}

Reservation totals_of(Connection& connection, std::string_view id, std::string_view account, std::int64_t day,
                      Time now) {
  Reservation totals{std::string(id), 0, 0, 0};
  auto rows = connection.query(kTotals, account, now);
  if (rows.next()) {
    totals.total_bytes = static_cast<std::uint64_t>(rows.integer(0));
    totals.total_tasks = static_cast<std::uint32_t>(rows.integer(1));
  }
  totals.tasks_today = static_cast<std::uint32_t>(tasks_on_day(connection, account, day));
  return totals;
}

constexpr std::string_view kFindRequest =
    "SELECT unique_key, done, since, created, status, answer FROM requests WHERE account = $1 AND key = $2";
constexpr std::string_view kStore =
    "INSERT OR REPLACE INTO requests (account, key, unique_key, done, since, created, status, answer) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kFinish =
    "UPDATE requests SET done = 1, status = $3, answer = $4 WHERE account = $1 AND key = $2";
constexpr std::string_view kAbandon =
    "UPDATE requests SET since = $3 WHERE account = $1 AND key = $2 AND done = 0";
constexpr std::string_view kRenewRequest =
    "UPDATE requests SET since = $3 WHERE account = $1 AND key = $2 AND done = 0 AND since <> $4";
constexpr std::string_view kSweep = "DELETE FROM requests WHERE created <= $1";

std::optional<RequestRow> find_request(Connection& connection, std::string_view account,
                                       std::string_view key) {
  auto rows = connection.query(kFindRequest, account, key);
  if (!rows.next()) return {};
  return RequestRow{
      rows.text(0), rows.integer(1) != 0, rows.time(2), rows.time(3), static_cast<unsigned>(rows.integer(4)),
      rows.text(5)};
}

constexpr std::string_view kFindEvent = "SELECT idle FROM events WHERE key = $1";
constexpr std::string_view kSetEvent = "INSERT OR REPLACE INTO events (key, idle) VALUES ($1, $2)";
constexpr std::string_view kChangeEvent = "UPDATE events SET idle = $2 WHERE key = $1";
constexpr std::string_view kSweepEvents = "DELETE FROM events WHERE idle <= $1";

/// 0 for a new key.
Microseconds event_idle(Connection& connection, std::string_view key) {
  auto rows = connection.query(kFindEvent, key);
  return rows.next() ? rows.integer(0) : 0;
}

}  // namespace

Result<Reservation> reserve(Connection& connection, const QuotaRequest& request, Time now,
                            std::chrono::milliseconds lease) {
  const auto day = utc_day(now);
  connection.execute(kAddToDay, request.account, day, request.tasks);
  // The error rolls the transaction back, and the count with it.
  if (exceeds_daily_limit(request, tasks_on_day(connection, request.account, day)))
    return daily_limit_reached(*request.tasks_per_day);
  const auto id = new_record_id();
  connection.execute(kInsertReservation, id, request.account, clamp_bytes(request.bytes), request.tasks, day,
                     now + lease);
  return totals_of(connection, id, request.account, day, now);
}

Result<Reservation> grow(Connection& connection, std::string_view id, std::uint64_t bytes, Time now) {
  const auto row = find_reservation(connection, id);
  if (!row || row->expires <= now) return no_such_reservation();
  connection.execute(kGrow, id, clamp_bytes(row->bytes + clamp_bytes(bytes)));
  return totals_of(connection, id, row->account, row->day, now);
}

void renew(Connection& connection, std::string_view id, Time now, std::chrono::milliseconds lease) {
  connection.execute(kRenew, id, now, now + lease);
}

void settle(Connection& connection, std::string_view id) { connection.execute(kDeleteReservation, id); }

void release(Connection& connection, std::string_view id) {
  const auto row = find_reservation(connection, id);
  if (!row) return;
  connection.execute(kTakeFromDay, row->account, row->day, row->tasks);
  connection.execute(kDeleteReservation, id);
}

Reservation reserved_usage(Connection& connection, std::string_view account, Time now) {
  return totals_of(connection, {}, account, utc_day(now), now);
}

void sweep_reservations(Connection& connection, Time now) {
  std::vector<std::string> ended;
  for (auto rows = connection.query(kEnded, now); rows.next();) ended.push_back(rows.text(0));
  for (const auto& id : ended) release(connection, id);
  connection.execute(kDeleteOldDays, oldest_counted_day(now));
}

IdempotencyRecord begin_request(Connection& connection, std::string_view account, std::string_view key,
                                Time now, std::chrono::milliseconds lifetime,
                                std::chrono::milliseconds stale_after) {
  const auto known = find_request(connection, account, key);
  auto decision = decide_request(known ? &*known : nullptr, now, lifetime, stale_after);
  if (decision.record.state == IdempotencyRecord::State::acquired) {
    const auto& row = decision.row;
    connection.execute(kStore, account, key, row.unique_key, row.done, row.started, row.created, row.status,
                       row.answer);
  }
  return std::move(decision.record);
}

void renew_request(Connection& connection, std::string_view account, std::string_view key, Time now) {
  connection.execute(kRenewRequest, account, key, now, kAbandoned);
}

void complete_request(Connection& connection, std::string_view account, std::string_view key, unsigned status,
                      std::string_view answer) {
  connection.execute(kFinish, account, key, status, answer);
}

void abandon_request(Connection& connection, std::string_view account, std::string_view key) {
  connection.execute(kAbandon, account, key, kAbandoned);
}

void sweep_requests(Connection& connection, Time now, std::chrono::milliseconds lifetime) {
  connection.execute(kSweep, now - lifetime);
}

std::optional<std::chrono::milliseconds> count_event(Connection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now) {
  const auto rate = event_rate(limit);
  const auto idle = event_idle(connection, key);
  if (const auto wait = event_wait(rate, idle, event_time(now))) return wait;
  connection.execute(kSetEvent, key, idle_after_event(rate, idle, event_time(now)));
  return {};
}

std::optional<std::chrono::milliseconds> check_event(Connection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now) {
  return event_wait(event_rate(limit), event_idle(connection, key), event_time(now));
}

void uncount_event(Connection& connection, std::string_view key, const RateLimit& limit, Time now) {
  const auto idle = event_idle(connection, key);
  connection.execute(kChangeEvent, key, idle_without_event(event_rate(limit), idle, event_time(now)));
}

void sweep_events(Connection& connection, Time now) { connection.execute(kSweepEvents, event_time(now)); }

}  // namespace convert::server::accounts
