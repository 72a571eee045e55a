// SPDX-License-Identifier: MIT
#include "accounts/reservation_rows.hpp"

#include <optional>
#include <string>
#include <vector>

#include "accounts/rules.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Session;

constexpr std::string_view kAddToDay =
    "INSERT INTO days (account, day, tasks) VALUES ($1, $2, $3) "
    "ON CONFLICT (account, day) DO UPDATE SET tasks = tasks + excluded.tasks";
constexpr std::string_view kTakeFromDay =
    "UPDATE days SET tasks = MAX(tasks - $3, 0) WHERE account = $1 AND day = $2";
constexpr std::string_view kOfDay = "SELECT tasks FROM days WHERE account = $1 AND day = $2";
constexpr std::string_view kInsertReservation =
    "INSERT INTO reservations (id, account, bytes, tasks, day, expires) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kFindReservation =
    "SELECT account, bytes, tasks, day, expires FROM reservations WHERE id = $1";
constexpr std::string_view kSums =
    "SELECT COALESCE(SUM(bytes), 0), COALESCE(SUM(tasks), 0) FROM reservations WHERE account = $1 AND "
    "expires > $2";
constexpr std::string_view kGrow = "UPDATE reservations SET bytes = $2 WHERE id = $1";
constexpr std::string_view kRenew = "UPDATE reservations SET expires = $3 WHERE id = $1 AND expires > $2";
constexpr std::string_view kDeleteReservation = "DELETE FROM reservations WHERE id = $1";
constexpr std::string_view kEnded = "SELECT id FROM reservations WHERE expires <= $1";
constexpr std::string_view kForgetDays = "DELETE FROM days WHERE day < $1";

struct Row {
  std::string account;
  std::uint64_t bytes = 0;
  std::int64_t tasks = 0;
  std::int64_t day = 0;
  Time expires{};
};

std::optional<Row> find(Session& session, std::string_view id) {
  auto rows = session.query(kFindReservation, id);
  if (!rows.next()) return {};
  return Row{rows.text(0), static_cast<std::uint64_t>(rows.integer(1)), rows.integer(2), rows.integer(3),
             rows.time(4)};
}

std::int64_t tasks_of_day(Session& session, std::string_view account, std::int64_t day) {
  auto rows = session.query(kOfDay, account, day);
  return rows.next() ? rows.integer(0) : 0;
}

Reservation sums_of(Session& session, std::string_view id, std::string_view account, std::int64_t day,
                    Time now) {
  Reservation sums{std::string(id), 0, 0, 0};
  auto rows = session.query(kSums, account, now);
  if (rows.next()) {
    sums.bytes_in_all = static_cast<std::uint64_t>(rows.integer(0));
    sums.tasks_in_all = static_cast<std::uint32_t>(rows.integer(1));
  }
  sums.tasks_today = static_cast<std::uint32_t>(tasks_of_day(session, account, day));
  return sums;
}

}  // namespace

Result<Reservation> reserve(Session& session, const Demand& demand, Time now,
                            std::chrono::milliseconds lease) {
  const auto day = day_of(now);
  session.execute(kAddToDay, demand.account, day, demand.tasks);
  // What was added goes with the transaction.
  if (beyond(demand, tasks_of_day(session, demand.account, day))) return too_many_today(*demand.tasks_a_day);
  const auto id = new_id();
  session.execute(kInsertReservation, id, demand.account, counted(demand.bytes), demand.tasks, day, now + lease);
  return sums_of(session, id, demand.account, day, now);
}

Result<Reservation> grow(Session& session, std::string_view id, std::uint64_t bytes, Time now) {
  const auto row = find(session, id);
  if (!row || row->expires <= now) return no_such_reservation();
  session.execute(kGrow, id, counted(row->bytes + counted(bytes)));
  return sums_of(session, id, row->account, row->day, now);
}

void renew(Session& session, std::string_view id, Time now, std::chrono::milliseconds lease) {
  session.execute(kRenew, id, now, now + lease);
}

void settle(Session& session, std::string_view id) { session.execute(kDeleteReservation, id); }

void release(Session& session, std::string_view id) {
  const auto row = find(session, id);
  if (!row) return;
  session.execute(kTakeFromDay, row->account, row->day, row->tasks);
  session.execute(kDeleteReservation, id);
}

Reservation reserved(Session& session, std::string_view account, Time now) {
  return sums_of(session, {}, account, day_of(now), now);
}

void sweep_reservations(Session& session, Time now) {
  std::vector<std::string> ended;
  for (auto rows = session.query(kEnded, now); rows.next();) ended.push_back(rows.text(0));
  for (const auto& id : ended) release(session, id);
  session.execute(kForgetDays, oldest_day(now));
}

}  // namespace convert::server::accounts
