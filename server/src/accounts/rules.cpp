// SPDX-License-Identifier: MIT
#include "accounts/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "accounts/checks.hpp"
#include "accounts/sodium.hpp"

namespace convert::server::accounts {
namespace {

constexpr std::size_t kIdCharacters = 16;
constexpr std::size_t kUniqueKeyCharacters = 26;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 50;

template <class T>
void set(T& value, const std::optional<T>& change) {
  if (change) value = *change;
}

}  // namespace

std::string new_id() { return random_id(kIdCharacters); }

Time now_of_store() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

std::int64_t day_of(Time time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

std::int64_t oldest_day(Time now) { return day_of(now) - 1; }

std::uint64_t counted(std::uint64_t bytes) { return std::min(bytes, kMostBytes); }

bool beyond(const Demand& demand, std::int64_t tasks_today) {
  const auto limit = demand.tasks_a_day.value_or(0);
  return limit != 0 && tasks_today > limit;
}

Error no_such_account() { return {Errc::not_found, "There is no such account."}; }
Error no_such_key() { return {Errc::not_found, "There is no such API key."}; }
Error no_such_reservation() { return {Errc::not_found, "This reservation has ended: reserve room again."}; }
Error name_taken() { return {Errc::conflict, std::string(kNameTaken)}; }
Error email_taken() { return {Errc::conflict, std::string(kEmailTaken)}; }
Error key_taken() { return {Errc::conflict, "There is an API key with this id: make another one."}; }

Error too_many_keys() {
  return {
      Errc::limit_exceeded,
      fmt::format("An account has at most {} API keys: delete one that is not used any more.", kMostKeys)};
}

Error too_many_today(std::uint32_t limit) {
  return {
      Errc::limit_exceeded,
      fmt::format("The account may begin {} tasks a day, and has begun them: come back after midnight UTC.",
                  limit)};
}

Begin begin_of(const RequestRow* known, Time now, std::chrono::milliseconds valid,
               std::chrono::milliseconds patience) {
  using State = KnownRequest::State;
  if (known == nullptr || known->created + valid <= now) {
    RequestRow row{random_id(kUniqueKeyCharacters), false, now, now, 0, {}};
    return {{State::fresh, row.unique_key, 0, {}}, row};
  }
  if (known->done) return {{State::done, known->unique_key, known->status, known->answer}, {}};
  if (now < known->since + patience) return {{State::running, known->unique_key, 0, {}}, {}};
  RequestRow row = *known;
  row.since = now;
  return {{State::fresh, row.unique_key, 0, {}}, std::move(row)};
}

void apply(const AccountChange& change, Account& account) {
  if (change.email) account.email = folded(*change.email);
  set(account.password, change.password);
  set(account.language, change.language);
  set(account.admin, change.admin);
  set(account.disabled, change.disabled);
  set(account.wants_mail, change.wants_mail);
  set(account.confirmed, change.confirmed);
  set(account.leaving, change.leaving);
  set(account.quota, change.quota);
  if (change.void_tokens) ++account.epoch;
}

}  // namespace convert::server::accounts
