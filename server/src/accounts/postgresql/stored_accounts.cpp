// SPDX-License-Identifier: MIT
#include "accounts/postgresql/stored_accounts.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "accounts/account_rules.hpp"
#include "accounts/account_validation.hpp"

namespace convert::server::accounts {
namespace {

using PgConnection = postgresql::Connection;
using PgRows = postgresql::Rows;

// A macro, because string literals with this list are concatenated at compile time. `account_of` uses this
// order.
#define CONVERT_ACCOUNT_COLUMNS                                                                    \
  " id, name, email, password, language, admin, disabled, wants_mail, confirmed, leaving, epoch, " \
  "quota_storage, quota_file, quota_day, quota_at_once, created "
#define CONVERT_KEY_COLUMNS " id, account, name, hash, created, used "

/// The statements of this file.
struct AccountSql {
  static constexpr std::string_view kFind = "SELECT" CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE id = $1";
  static constexpr std::string_view kFindName =
      "SELECT" CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE folded = $1";
  static constexpr std::string_view kFindEmail =
      "SELECT" CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE email = $1";
  static constexpr std::string_view kList =
      "SELECT" CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE id > $1 ORDER BY id LIMIT $2";
  static constexpr std::string_view kInsert =
      "INSERT INTO accounts (id, name, folded, email, password, language, admin, disabled, wants_mail, "
      "confirmed, leaving, epoch, quota_storage, quota_file, quota_day, quota_at_once, created) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15, "
      "COALESCE($16, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)) ON CONFLICT DO NOTHING";
  static constexpr std::string_view kFindEither =
      "SELECT" CONVERT_ACCOUNT_COLUMNS ", folded FROM accounts WHERE folded = $1 OR email = $2";
  static constexpr std::string_view kChange =
      "UPDATE accounts SET email = COALESCE($2, email), password = COALESCE($3, password), "
      "language = COALESCE($4, language), admin = COALESCE($5, admin), disabled = COALESCE($6, disabled), "
      "wants_mail = COALESCE($7, wants_mail), confirmed = COALESCE($8, confirmed), "
      "leaving = COALESCE($9, leaving), epoch = epoch + $10, "
      "quota_storage = CASE WHEN $11 THEN $12 ELSE quota_storage END, "
      "quota_file = CASE WHEN $11 THEN $13 ELSE quota_file END, "
      "quota_day = CASE WHEN $11 THEN $14 ELSE quota_day END, "
      "quota_at_once = CASE WHEN $11 THEN $15 ELSE quota_at_once END "
      "WHERE id = $1 RETURNING" CONVERT_ACCOUNT_COLUMNS;
  // Reservations before days, as `release` takes them: no deadlock.
  static constexpr std::string_view kRemove[] = {
      "DELETE FROM quota_reservations WHERE account = $1",
      "DELETE FROM task_days WHERE account = $1",
      "DELETE FROM idempotent_requests WHERE account = $1",
      "DELETE FROM api_keys WHERE account = $1",
      "DELETE FROM accounts WHERE id = $1",
  };
  // The number separates these locks from those of other programs in the database. A collision of the hash
  // only makes an account wait for another one.
  static constexpr std::string_view kLock =
      "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 7246113928))";

  static constexpr std::string_view kCheckKey =
      "SELECT EXISTS (SELECT 1 FROM accounts WHERE id = $1), EXISTS (SELECT 1 FROM api_keys WHERE id = $2), "
      "(SELECT count(*) FROM api_keys WHERE account = $1)";
  static constexpr std::string_view kInsertKey =
      "INSERT INTO api_keys (id, account, name, hash, created, used) VALUES ($1, $2, $3, $4, $5, $6)";
  static constexpr std::string_view kFindKey = "SELECT" CONVERT_KEY_COLUMNS "FROM api_keys WHERE id = $1";
  static constexpr std::string_view kListKeys =
      "SELECT" CONVERT_KEY_COLUMNS "FROM api_keys WHERE account = $1 ORDER BY created, id";
  static constexpr std::string_view kDeleteKey = "DELETE FROM api_keys WHERE id = $1 AND account = $2";
  static constexpr std::string_view kTouchKey =
      "UPDATE api_keys SET used = $2 WHERE id = $1 AND (used IS NULL OR used <= $3)";
};

#undef CONVERT_ACCOUNT_COLUMNS
#undef CONVERT_KEY_COLUMNS

template <class Number>
std::optional<Number> limit_of(const PgRows& row, int column) {
  if (row.is_null(column)) return {};
  return static_cast<Number>(row.integer(column));
}

/// PostgreSQL's integers are signed. Clamped to the largest one.
std::optional<std::int64_t> bigint_limit(const std::optional<std::uint64_t>& limit) {
  constexpr std::uint64_t kMaxStored = std::numeric_limits<std::int64_t>::max();
  if (!limit) return {};
  return static_cast<std::int64_t>(std::min(*limit, kMaxStored));
}

Account account_of(const PgRows& row) {
  Account account;
  account.id = row.text(0);
  account.name = row.text(1);
  account.email = row.text(2);
  account.password = row.text(3);
  account.language = row.text(4);
  account.admin = row.boolean(5);
  account.disabled = row.boolean(6);
  account.email_notifications = row.boolean(7);
  account.email_confirmed = row.boolean(8);
  account.being_deleted = row.boolean(9);
  account.epoch = static_cast<std::uint32_t>(row.integer(10));
  account.quota = {limit_of<std::uint64_t>(row, 11), limit_of<std::uint64_t>(row, 12),
                   limit_of<std::uint32_t>(row, 13), limit_of<std::uint32_t>(row, 14)};
  account.created = row.time(15);
  return account;
}

std::optional<Account> only_account(PgRows rows) {
  if (!rows.next()) return {};
  return account_of(rows);
}

ApiKey key_of(const PgRows& row) {
  ApiKey key{row.text(0), row.text(1), row.text(2), row.text(3), row.time(4), {}};
  if (!row.is_null(5)) key.last_used = row.time(5);
  return key;
}

}  // namespace

Result<Account> create_account(PgConnection& connection, const Account& account,
                               const std::optional<Time>& created) {
  const auto folded = fold_case(account.name);
  const auto& quota = account.quota;
  connection.post(AccountSql::kInsert, account.id, account.name, folded, account.email, account.password,
                  account.language, account.admin, account.disabled, account.email_notifications,
                  account.email_confirmed, account.being_deleted, bigint_limit(quota.storage_bytes),
                  bigint_limit(quota.file_bytes), quota.tasks_per_day, quota.active_tasks, created);
  bool same_name = false;
  for (auto rows = connection.query(AccountSql::kFindEither, folded, account.email); rows.next();) {
    if (rows.view(0) == account.id) return account_of(rows);
    same_name = same_name || rows.view(16) == folded;
  }
  return same_name ? name_taken() : email_taken();
}

std::optional<Account> find_account(PgConnection& connection, std::string_view id) {
  return only_account(connection.query(AccountSql::kFind, id));
}

std::optional<Account> find_login(PgConnection& connection, std::string_view name_or_email) {
  const bool email = name_or_email.find('@') != name_or_email.npos;
  return only_account(
      connection.query(email ? AccountSql::kFindEmail : AccountSql::kFindName, fold_case(name_or_email)));
}

std::vector<Account> list_accounts(PgConnection& connection, std::string_view after, std::size_t max) {
  std::vector<Account> accounts;
  const auto limit = std::min<std::size_t>(max, std::numeric_limits<std::int32_t>::max());
  for (auto rows = connection.query(AccountSql::kList, after, limit); rows.next();)
    accounts.push_back(account_of(rows));
  return accounts;
}

Result<Account> change_account(PgConnection& connection, std::string_view id, const AccountChange& change) {
  std::optional<std::string> email;
  if (change.email) email = fold_case(*change.email);
  const Quota quota = change.quota.value_or(Quota{});
  auto account = only_account(connection.query(
      AccountSql::kChange, id, email, change.password, change.language, change.admin, change.disabled,
      change.email_notifications, change.email_confirmed, change.being_deleted,
      std::int64_t{change.revoke_tokens ? 1 : 0}, change.quota.has_value(), bigint_limit(quota.storage_bytes),
      bigint_limit(quota.file_bytes), quota.tasks_per_day, quota.active_tasks));
  if (connection.failed() && postgresql::is_unique_violation(connection.sqlstate())) {
    (void)connection.take_error();
    return email_taken();
  }
  if (!account) return no_such_account();
  return std::move(*account);
}

void remove_account(PgConnection& connection, std::string_view id) {
  lock_account(connection, id);
  for (const auto sql : AccountSql::kRemove) connection.post(sql, id);
}

Result<void> add_key(PgConnection& connection, const ApiKey& key) {
  lock_account(connection, key.account);
  auto rows = connection.query(AccountSql::kCheckKey, key.account, key.id);
  if (!rows.next()) return {};  // the connection has the error
  if (!rows.boolean(0)) return no_such_account();
  if (rows.boolean(1)) return key_taken();
  if (rows.integer(2) >= static_cast<std::int64_t>(kMaxKeysPerAccount)) return too_many_keys();
  connection.post(AccountSql::kInsertKey, key.id, key.account, key.name, key.hash, key.created,
                  key.last_used);
  return {};
}

std::optional<ApiKey> find_key(PgConnection& connection, std::string_view id) {
  auto rows = connection.query(AccountSql::kFindKey, id);
  if (!rows.next()) return {};
  return key_of(rows);
}

std::vector<ApiKey> list_keys(PgConnection& connection, std::string_view account) {
  std::vector<ApiKey> keys;
  for (auto rows = connection.query(AccountSql::kListKeys, account); rows.next();)
    keys.push_back(key_of(rows));
  return keys;
}

Result<void> remove_key(PgConnection& connection, std::string_view account, std::string_view id) {
  if (connection.execute(AccountSql::kDeleteKey, id, account) == 0) return no_such_key();
  return {};
}

void touch_key(PgConnection& connection, std::string_view id, Time at) {
  connection.execute(AccountSql::kTouchKey, id, at, at - kKeyUseInterval);
}

void lock_account(PgConnection& connection, std::string_view account) {
  connection.post(AccountSql::kLock, account);
}

}  // namespace convert::server::accounts
