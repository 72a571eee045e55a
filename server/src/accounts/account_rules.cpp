// SPDX-License-Identifier: MIT
#include "accounts/account_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "accounts/account_validation.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "security/crypto.hpp"

namespace convert::server::accounts {
namespace {

constexpr std::size_t kRecordIdLength = 16;
constexpr std::size_t kUniqueKeyLength = 26;
constexpr std::uint64_t kMaxCountedBytes = std::uint64_t{1} << 50;

template <class T>
void set(T& value, const std::optional<T>& change) {
  if (change) value = *change;
}

}  // namespace

std::string new_record_id() { return security::random_id(kRecordIdLength); }

std::string new_unique_key() { return security::random_id(kUniqueKeyLength); }

Time store_now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

std::int64_t utc_day(Time time) {
  return std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
}

std::int64_t oldest_counted_day(Time now) { return utc_day(now) - 1; }

std::uint64_t clamp_bytes(std::uint64_t bytes) { return std::min(bytes, kMaxCountedBytes); }

bool exceeds_daily_limit(const QuotaRequest& request, std::int64_t tasks_today) {
  const auto limit = request.tasks_per_day.value_or(0);
  return limit != 0 && tasks_today > limit;
}

Error no_such_account() { return {Errc::not_found, "Account not found."}; }
Error no_such_key() { return {Errc::not_found, "API key not found."}; }
Error no_such_reservation() {
  return {Errc::not_found, "The reservation has expired. Reserve the quota again."};
}
Error name_taken() { return {Errc::conflict, std::string(kNameTaken)}; }
Error email_taken() { return {Errc::conflict, std::string(kEmailTaken)}; }
Error key_taken() { return {Errc::conflict, "An API key with this id exists already. Create another one."}; }

Error too_many_keys() {
  return {Errc::limit_exceeded,
          fmt::format("An account can have at most {} API keys. Delete an unused key first.",
                      kMaxKeysPerAccount)};
}

Error daily_limit_reached(std::uint32_t limit) {
  return {Errc::limit_exceeded,
          fmt::format("The daily limit of {} tasks is reached. Try again after midnight UTC.", limit)};
}

Result<void> check_text(std::string_view what, std::string_view text) {
  if (base::is_storable(text)) return {};
  return Error{Errc::invalid_argument, fmt::format("The {} must be UTF-8 without NUL.", what)};
}

Result<void> check_texts(const Account& account) {
  CONVERT_TRY(check_text("name", account.name));
  CONVERT_TRY(check_text("e-mail address", account.email));
  CONVERT_TRY(check_text("password hash", account.password));
  return check_text("language", account.language);
}

Result<void> check_texts(const AccountChange& change) {
  CONVERT_TRY(check_text("e-mail address", change.email.value_or("")));
  CONVERT_TRY(check_text("password hash", change.password.value_or("")));
  return check_text("language", change.language.value_or(""));
}

Result<void> check_texts(const ApiKey& key) {
  CONVERT_TRY(check_text("id of the API key", key.id));
  CONVERT_TRY(check_text("account of the API key", key.account));
  CONVERT_TRY(check_text("name of the API key", key.name));
  return check_text("hash of the API key", key.hash);
}

RequestDecision decide_request(const RequestRow* known, Time now, std::chrono::milliseconds lifetime,
                               std::chrono::milliseconds stale_after) {
  using State = IdempotencyRecord::State;
  if (known == nullptr || known->created + lifetime <= now) {
    RequestRow row{new_unique_key(), false, now, now, 0, {}};
    return {{State::acquired, row.unique_key, 0, {}}, row};
  }
  if (known->done) return {{State::done, known->unique_key, known->status, known->answer}, {}};
  if (now < known->started + stale_after) return {{State::running, known->unique_key, 0, {}}, {}};
  RequestRow row = *known;
  row.started = now;
  return {{State::acquired, row.unique_key, 0, {}}, std::move(row)};
}

void apply_change(const AccountChange& change, Account& account) {
  if (change.email) account.email = fold_case(*change.email);
  set(account.password, change.password);
  set(account.language, change.language);
  set(account.admin, change.admin);
  set(account.disabled, change.disabled);
  set(account.email_notifications, change.email_notifications);
  set(account.email_confirmed, change.email_confirmed);
  set(account.being_deleted, change.being_deleted);
  set(account.quota, change.quota);
  if (change.revoke_tokens) ++account.epoch;
}

}  // namespace convert::server::accounts
