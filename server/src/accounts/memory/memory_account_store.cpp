// SPDX-License-Identifier: MIT

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include <convert/server/accounts.hpp>

#include "accounts/account_rules.hpp"
#include "accounts/account_validation.hpp"
#include "accounts/counted_events.hpp"
#include "base/try.hpp"

namespace convert::server::accounts {
namespace {

using std::chrono::milliseconds;

/// Quota reservations and daily counts. Not thread-safe.
class ReservationTable {
 public:
  Result<Reservation> reserve(const QuotaRequest& request, Time now, std::chrono::milliseconds lease);
  Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now);
  void renew(std::span<const std::string> ids, Time now, std::chrono::milliseconds lease);
  void settle(std::string_view id);
  void release(std::string_view id);
  Reservation usage(std::string_view account, Time now) const;
  void sweep(Time now);
  void remove(std::string_view account);

 private:
  struct Row {
    std::string account;
    std::uint64_t bytes = 0;
    std::uint32_t tasks = 0;
    std::int64_t day = 0;
    Time expires{};
  };
  using Rows = std::map<std::string, Row, std::less<>>;
  using Day = std::pair<std::string, std::int64_t>;

  Reservation totals_of(std::string_view id, std::string_view account, std::int64_t day, Time now) const;
  Rows::iterator release(Rows::iterator row);

  Rows rows_;
  std::map<Day, std::int64_t> days_;  // tasks started, by account and day
};

/// Requests under an Idempotency-Key. Not thread-safe.
class RequestTable {
 public:
  IdempotencyRecord begin(std::string_view account, std::string_view key, Time now,
                          std::chrono::milliseconds lifetime, std::chrono::milliseconds stale_after);
  void renew(std::string_view account, std::string_view key, Time now);
  void complete(std::string_view account, std::string_view key, unsigned status, std::string_view answer);
  void abandon(std::string_view account, std::string_view key);
  void sweep(Time now, std::chrono::milliseconds lifetime);
  void remove(std::string_view account);

 private:
  using Name = std::pair<std::string, std::string>;
  RequestRow* find(std::string_view account, std::string_view key);
  std::map<Name, RequestRow> rows_;
};

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

/// `day`: the day whose tasks are counted.
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

void RequestTable::renew(std::string_view account, std::string_view key, Time now) {
  RequestRow* row = find(account, key);
  if (row != nullptr && !row->done && row->started != kAbandoned) row->started = now;
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

/// Events that are counted against a rate. Not thread-safe.
class EventTable {
 public:
  std::optional<milliseconds> check(std::string_view key, const RateLimit& limit, Time now) const {
    const auto row = idle_.find(key);
    return event_wait(event_rate(limit), row == idle_.end() ? 0 : row->second, event_time(now));
  }
  std::optional<milliseconds> count(std::string_view key, const RateLimit& limit, Time now) {
    if (const auto wait = check(key, limit, now)) return wait;
    Microseconds& idle = idle_.try_emplace(std::string(key), 0).first->second;
    idle = idle_after_event(event_rate(limit), idle, event_time(now));
    return {};
  }
  void uncount(std::string_view key, const RateLimit& limit, Time now) {
    const auto row = idle_.find(key);
    if (row != idle_.end()) row->second = idle_without_event(event_rate(limit), row->second, event_time(now));
  }
  void sweep(Time now) {
    std::erase_if(idle_, [at = event_time(now)](const auto& row) { return row.second <= at; });
  }

 private:
  std::map<std::string, Microseconds, std::less<>> idle_;  // by key
};

class MemoryAccountStore final : public AccountStore {
 public:
  explicit MemoryAccountStore(std::function<Time()> clock)
      : clock_(clock ? std::move(clock) : std::function<Time()>(&store_now)) {}

  Result<Account> create(const Account& account) override {
    CONVERT_TRY(check_texts(account));
    const std::scoped_lock lock(mutex_);
    Account made = account;
    made.id = new_record_id();
    made.email = fold_case(account.email);
    made.epoch = 0;
    made.created = clock_();
    if (names_.contains(fold_case(made.name))) return name_taken();
    if (emails_.contains(made.email)) return email_taken();
    names_.emplace(fold_case(made.name), made.id);
    emails_.emplace(made.email, made.id);
    accounts_.emplace(made.id, made);
    return made;
  }

  Result<Account> find(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(id);
    if (found == accounts_.end()) return no_such_account();
    return found->second;
  }

  Result<Account> find_login(std::string_view name_or_email) override {
    const std::scoped_lock lock(mutex_);
    const auto& logins = name_or_email.find('@') != name_or_email.npos ? emails_ : names_;
    const auto found = logins.find(fold_case(name_or_email));
    if (found == logins.end()) return no_such_account();
    return accounts_.at(found->second);
  }

  Result<std::vector<Account>> list(std::string_view after, std::size_t max) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Account> listed;
    for (auto one = accounts_.upper_bound(after); one != accounts_.end() && listed.size() < max; ++one) {
      listed.push_back(one->second);
    }
    return listed;
  }

  Result<Account> change(std::string_view id, const AccountChange& change) override {
    CONVERT_TRY(check_texts(change));
    const std::scoped_lock lock(mutex_);
    const auto found = accounts_.find(id);
    if (found == accounts_.end()) return no_such_account();
    Account& account = found->second;
    if (change.email) {
      const auto other = emails_.find(fold_case(*change.email));
      if (other != emails_.end() && other->second != id) return email_taken();
      emails_.erase(account.email);
      emails_.emplace(fold_case(*change.email), account.id);
    }
    apply_change(change, account);
    return account;
  }

  Result<void> remove(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    if (const auto found = accounts_.find(id); found != accounts_.end()) {
      names_.erase(fold_case(found->second.name));
      emails_.erase(found->second.email);
      accounts_.erase(found);
    }
    std::erase_if(keys_, [&](const auto& key) { return key.second.account == id; });
    reservations_.remove(id);
    requests_.remove(id);
    return {};
  }

  Result<void> add_key(const ApiKey& key) override {
    CONVERT_TRY(check_texts(key));
    const std::scoped_lock lock(mutex_);
    if (accounts_.find(key.account) == accounts_.end()) return no_such_account();
    if (keys_.find(key.id) != keys_.end()) return key_taken();
    if (keys_of(key.account).size() >= kMaxKeysPerAccount) return too_many_keys();
    keys_.emplace(key.id, key);
    return {};
  }

  Result<ApiKey> find_key(std::string_view key_id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = keys_.find(key_id);
    if (found == keys_.end()) return no_such_key();
    return found->second;
  }

  Result<std::vector<ApiKey>> list_keys(std::string_view account) override {
    const std::scoped_lock lock(mutex_);
    return keys_of(account);
  }

  Result<void> remove_key(std::string_view account, std::string_view key_id) override {
    const std::scoped_lock lock(mutex_);
    const auto found = keys_.find(key_id);
    if (found == keys_.end() || found->second.account != account) return no_such_key();
    keys_.erase(found);
    return {};
  }

  Result<void> touch_key(std::string_view key_id, Time at) override {
    const std::scoped_lock lock(mutex_);
    const auto found = keys_.find(key_id);
    if (found == keys_.end()) return {};
    auto& used = found->second.last_used;
    if (!used || *used + kKeyUseInterval <= at) used = at;
    return {};
  }

  Result<Reservation> reserve(const QuotaRequest& request, Time now, milliseconds lease) override {
    CONVERT_TRY(check_text("account", request.account));
    const std::scoped_lock lock(mutex_);
    return reservations_.reserve(request, now, lease);
  }

  Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now) override {
    const std::scoped_lock lock(mutex_);
    return reservations_.grow(id, bytes, now);
  }

  Result<void> renew(std::span<const std::string> ids, Time now, milliseconds lease) override {
    const std::scoped_lock lock(mutex_);
    reservations_.renew(ids, now, lease);
    return {};
  }

  Result<void> settle(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    reservations_.settle(id);
    return {};
  }

  Result<void> release(std::string_view id) override {
    const std::scoped_lock lock(mutex_);
    reservations_.release(id);
    return {};
  }

  Result<Reservation> reserved_usage(std::string_view account, Time now) override {
    const std::scoped_lock lock(mutex_);
    return reservations_.usage(account, now);
  }

  Result<IdempotencyRecord> begin_request(std::string_view account, std::string_view key, Time now,
                                          milliseconds lifetime, milliseconds stale_after) override {
    CONVERT_TRY(check_text("account", account));
    CONVERT_TRY(check_text("idempotency key", key));
    const std::scoped_lock lock(mutex_);
    return requests_.begin(account, key, now, lifetime, stale_after);
  }

  Result<void> renew_requests(std::span<const IdempotentRequestName> requests, Time now) override {
    const std::scoped_lock lock(mutex_);
    for (const auto& request : requests) requests_.renew(request.account, request.key, now);
    return {};
  }

  Result<void> complete_request(std::string_view account, std::string_view key, unsigned status,
                                std::string_view answer) override {
    CONVERT_TRY(check_text("answer", answer));
    const std::scoped_lock lock(mutex_);
    requests_.complete(account, key, status, answer);
    return {};
  }

  Result<void> abandon_request(std::string_view account, std::string_view key) override {
    const std::scoped_lock lock(mutex_);
    requests_.abandon(account, key);
    return {};
  }

  Result<void> sweep(Time now, milliseconds lifetime) override {
    const std::scoped_lock lock(mutex_);
    reservations_.sweep(now);
    requests_.sweep(now, lifetime);
    events_.sweep(now);
    return {};
  }

  Result<Time> now() override { return clock_(); }

  Result<std::optional<milliseconds>> count_event(std::string_view key, const RateLimit& rate,
                                                  Time now) override {
    if (rate.events == 0) return std::optional<milliseconds>();
    CONVERT_TRY(check_text("key of an event", key));
    const std::scoped_lock lock(mutex_);
    return events_.count(key, rate, now);
  }

  Result<std::optional<milliseconds>> check_event(std::string_view key, const RateLimit& rate,
                                                  Time now) override {
    if (rate.events == 0) return std::optional<milliseconds>();
    const std::scoped_lock lock(mutex_);
    return events_.check(key, rate, now);
  }

  Result<void> uncount_event(std::string_view key, const RateLimit& rate, Time now) override {
    if (rate.events == 0) return {};
    const std::scoped_lock lock(mutex_);
    events_.uncount(key, rate, now);
    return {};
  }

 private:
  std::vector<ApiKey> keys_of(std::string_view account) const {
    std::vector<ApiKey> found;
    for (const auto& [id, key] : keys_) {
      if (key.account == account) found.push_back(key);
    }
    std::sort(found.begin(), found.end(), [](const ApiKey& one, const ApiKey& other) {
      return std::tie(one.created, one.id) < std::tie(other.created, other.id);
    });
    return found;
  }

  const std::function<Time()> clock_;
  std::mutex mutex_;
  std::map<std::string, Account, std::less<>> accounts_;
  std::map<std::string, std::string> names_;   // fold_case(name) to id
  std::map<std::string, std::string> emails_;  // to id
  std::map<std::string, ApiKey, std::less<>> keys_;
  ReservationTable reservations_;
  RequestTable requests_;
  EventTable events_;
};

}  // namespace
}  // namespace convert::server::accounts

namespace convert::server {

std::shared_ptr<AccountStore> memory_account_store(std::function<Time()> clock) {
  return std::make_shared<accounts::MemoryAccountStore>(std::move(clock));
}

}  // namespace convert::server
