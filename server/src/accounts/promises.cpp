// SPDX-License-Identifier: MIT
#include "accounts/promises.hpp"

#include <algorithm>

namespace convert::server::accounts {

Result<Reservation> Reservations::reserve(const Demand& demand, Time now, std::chrono::milliseconds lease) {
  const auto today = day_of(now);
  const Day day{demand.account, today};
  const auto begun = days_.find(day);
  const auto tasks = (begun == days_.end() ? 0 : begun->second) + demand.tasks;
  if (beyond(demand, tasks)) return too_many_today(*demand.tasks_a_day);
  days_[day] = tasks;
  const Row row{demand.account, counted(demand.bytes), demand.tasks, today, now + lease};
  const auto& id = rows_.emplace(new_id(), row).first->first;
  return sums_of(id, row.account, today, now);
}

Result<Reservation> Reservations::grow(std::string_view id, std::uint64_t bytes, Time now) {
  const auto row = rows_.find(id);
  if (row == rows_.end() || row->second.expires <= now) return no_such_reservation();
  row->second.bytes = counted(row->second.bytes + counted(bytes));
  return sums_of(id, row->second.account, row->second.day, now);
}

void Reservations::renew(std::span<const std::string> ids, Time now, std::chrono::milliseconds lease) {
  for (const auto& id : ids) {
    const auto row = rows_.find(id);
    if (row != rows_.end() && row->second.expires > now) row->second.expires = now + lease;
  }
}

void Reservations::settle(std::string_view id) {
  if (const auto row = rows_.find(id); row != rows_.end()) rows_.erase(row);
}

void Reservations::release(std::string_view id) {
  if (const auto row = rows_.find(id); row != rows_.end()) release(row);
}

Reservation Reservations::reserved(std::string_view account, Time now) const {
  return sums_of({}, account, day_of(now), now);
}

void Reservations::sweep(Time now) {
  for (auto row = rows_.begin(); row != rows_.end();) {
    row = row->second.expires <= now ? release(row) : std::next(row);
  }
  std::erase_if(days_, [&](const auto& day) { return day.first.second < oldest_day(now); });
}

void Reservations::remove(std::string_view account) {
  std::erase_if(rows_, [&](const auto& row) { return row.second.account == account; });
  std::erase_if(days_, [&](const auto& day) { return day.first.first == account; });
}

/// `day`: whose tasks are counted.
Reservation Reservations::sums_of(std::string_view id, std::string_view account, std::int64_t day,
                                  Time now) const {
  Reservation sums{std::string(id), 0, 0, 0};
  for (const auto& [other, row] : rows_) {
    if (row.account != account || row.expires <= now) continue;
    sums.bytes_in_all += row.bytes;
    sums.tasks_in_all += row.tasks;
  }
  const auto begun = days_.find({std::string(account), day});
  if (begun != days_.end()) sums.tasks_today = static_cast<std::uint32_t>(begun->second);
  return sums;
}

Reservations::Rows::iterator Reservations::release(Rows::iterator row) {
  const auto day = days_.find({row->second.account, row->second.day});
  if (day != days_.end()) day->second = std::max<std::int64_t>(day->second - row->second.tasks, 0);
  return rows_.erase(row);
}

KnownRequest Requests::begin(std::string_view account, std::string_view key, Time now,
                             std::chrono::milliseconds valid, std::chrono::milliseconds patience) {
  const auto begin = begin_of(find(account, key), now, valid, patience);
  if (begin.told.state == KnownRequest::State::fresh) {
    rows_.insert_or_assign({std::string(account), std::string(key)}, begin.row);
  }
  return begin.told;
}

void Requests::finish(std::string_view account, std::string_view key, unsigned status,
                      std::string_view answer) {
  RequestRow* row = find(account, key);
  if (row == nullptr) return;
  row->done = true;
  row->status = status;
  row->answer = answer;
}

void Requests::forget(std::string_view account, std::string_view key) {
  RequestRow* row = find(account, key);
  if (row != nullptr && !row->done) row->since = kForgotten;
}

void Requests::sweep(Time now, std::chrono::milliseconds valid) {
  std::erase_if(rows_, [&](const auto& row) { return row.second.created + valid <= now; });
}

void Requests::remove(std::string_view account) {
  std::erase_if(rows_, [&](const auto& row) { return row.first.first == account; });
}

RequestRow* Requests::find(std::string_view account, std::string_view key) {
  const auto row = rows_.find({std::string(account), std::string(key)});
  return row == rows_.end() ? nullptr : &row->second;
}

}  // namespace convert::server::accounts
