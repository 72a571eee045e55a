// SPDX-License-Identifier: MIT
#include "accounts/memory/promises.hpp"

#include <algorithm>

namespace convert::server::accounts {

Result<Reservation> ReservationTable::reserve(const QuotaRequest& request, Time now,
                                              std::chrono::milliseconds lease) {
  const auto today = utc_day(now);
  const Day day{request.account, today};
  const auto day_tasks = days_.find(day);
  const auto tasks = (day_tasks == days_.end() ? 0 : day_tasks->second) + request.tasks;
  if (exceeds_daily_limit(request, tasks)) return daily_limit_reached(*request.tasks_per_day);
  days_[day] = tasks;
  const Row row{request.account, clamp_bytes(request.bytes), request.tasks, today, now + lease};
  const auto& id = rows_.emplace(new_record_id(), row).first->first;
  return totals_of(id, row.account, today, now);
}

Result<Reservation> ReservationTable::grow(std::string_view id, std::uint64_t bytes, Time now) {
  const auto row = rows_.find(id);
  if (row == rows_.end() || row->second.expires <= now) return no_such_reservation();
  row->second.bytes = clamp_bytes(row->second.bytes + clamp_bytes(bytes));
  return totals_of(id, row->second.account, row->second.day, now);
}

void ReservationTable::renew(std::span<const std::string> ids, Time now, std::chrono::milliseconds lease) {
  for (const auto& id : ids) {
    const auto row = rows_.find(id);
    if (row != rows_.end() && row->second.expires > now) row->second.expires = now + lease;
  }
}

void ReservationTable::settle(std::string_view id) {
  if (const auto row = rows_.find(id); row != rows_.end()) rows_.erase(row);
}

void ReservationTable::release(std::string_view id) {
  if (const auto row = rows_.find(id); row != rows_.end()) release(row);
}

Reservation ReservationTable::usage(std::string_view account, Time now) const {
  return totals_of({}, account, utc_day(now), now);
}

void ReservationTable::sweep(Time now) {
  for (auto row = rows_.begin(); row != rows_.end();) {
    row = row->second.expires <= now ? release(row) : std::next(row);
  }
  std::erase_if(days_, [&](const auto& day) { return day.first.second < oldest_counted_day(now); });
}

void ReservationTable::remove(std::string_view account) {
  std::erase_if(rows_, [&](const auto& row) { return row.second.account == account; });
  std::erase_if(days_, [&](const auto& day) { return day.first.first == account; });
}

/// `day`: whose tasks are counted.
Reservation ReservationTable::totals_of(std::string_view id, std::string_view account, std::int64_t day,
                                        Time now) const {
  Reservation totals{std::string(id), 0, 0, 0};
  for (const auto& [other, row] : rows_) {
    if (row.account != account || row.expires <= now) continue;
    totals.total_bytes += row.bytes;
    totals.total_tasks += row.tasks;
  }
  const auto day_tasks = days_.find({std::string(account), day});
  if (day_tasks != days_.end()) totals.tasks_today = static_cast<std::uint32_t>(day_tasks->second);
  return totals;
}

ReservationTable::Rows::iterator ReservationTable::release(Rows::iterator row) {
  const auto day = days_.find({row->second.account, row->second.day});
  if (day != days_.end()) day->second = std::max<std::int64_t>(day->second - row->second.tasks, 0);
  return rows_.erase(row);
}

IdempotencyRecord RequestTable::begin(std::string_view account, std::string_view key, Time now,
                                      std::chrono::milliseconds lifetime,
                                      std::chrono::milliseconds stale_after) {
  const auto decision = decide_request(find(account, key), now, lifetime, stale_after);
  if (decision.record.state == IdempotencyRecord::State::acquired) {
    rows_.insert_or_assign({std::string(account), std::string(key)}, decision.row);
  }
  return decision.record;
}

void RequestTable::complete(std::string_view account, std::string_view key, unsigned status,
                            std::string_view answer) {
  RequestRow* row = find(account, key);
  if (row == nullptr) return;
  row->done = true;
  row->status = status;
  row->answer = answer;
}

void RequestTable::abandon(std::string_view account, std::string_view key) {
  RequestRow* row = find(account, key);
  if (row != nullptr && !row->done) row->started = kAbandoned;
}

void RequestTable::sweep(Time now, std::chrono::milliseconds lifetime) {
  std::erase_if(rows_, [&](const auto& row) { return row.second.created + lifetime <= now; });
}

void RequestTable::remove(std::string_view account) {
  std::erase_if(rows_, [&](const auto& row) { return row.first.first == account; });
}

RequestRow* RequestTable::find(std::string_view account, std::string_view key) {
  const auto row = rows_.find({std::string(account), std::string(key)});
  return row == rows_.end() ? nullptr : &row->second;
}

}  // namespace convert::server::accounts
