// SPDX-License-Identifier: MIT
#include "accounts/sqlite/account_rows.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "accounts/account_rules.hpp"
#include "accounts/account_validation.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Connection;
using sqlite::Cursor;

// A macro, because string literals with this list are concatenated at compile time. `read_account` uses this
// order.
#define CONVERT_ACCOUNT_COLUMNS                                                                   \
  "id, name, email, password, language, admin, disabled, wants_mail, confirmed, leaving, epoch, " \
  "quota_storage, quota_file, quota_day, quota_at_once, created "

constexpr std::string_view kFindAccount = "SELECT " CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE id = $1";
constexpr std::string_view kFindName = "SELECT " CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE folded = $1";
constexpr std::string_view kFindEmail = "SELECT " CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE email = $1";
constexpr std::string_view kListAccounts =
    "SELECT " CONVERT_ACCOUNT_COLUMNS "FROM accounts WHERE id > $1 ORDER BY id LIMIT $2";
constexpr std::string_view kInsertAccount =
    "INSERT INTO accounts (id, name, folded, email, password, language, admin, disabled, wants_mail, "
    "confirmed, "
    "leaving, epoch, quota_storage, quota_file, quota_day, quota_at_once, created) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
constexpr std::string_view kChange =
    "UPDATE accounts SET email = $2, password = $3, language = $4, admin = $5, disabled = $6, wants_mail = "
    "$7, "
    "confirmed = $8, leaving = $9, epoch = $10, quota_storage = $11, quota_file = $12, quota_day = $13, "
    "quota_at_once = $14 WHERE id = $1";

constexpr std::string_view kDeleteAccount[] = {
    "DELETE FROM accounts WHERE id = $1",      "DELETE FROM keys WHERE account = $1",
    "DELETE FROM days WHERE account = $1",     "DELETE FROM reservations WHERE account = $1",
    "DELETE FROM requests WHERE account = $1",
};

template <class Number>
std::optional<Number> optional_limit(const Cursor& row, int column) {
  if (row.is_null(column)) return {};
  return static_cast<Number>(row.integer(column));
}

/// SQLite integers are signed. Clamped to the largest one.
std::optional<std::int64_t> stored_limit(const std::optional<std::uint64_t>& limit) {
  constexpr std::uint64_t kMaxStored = std::numeric_limits<std::int64_t>::max();
  if (!limit) return {};
  return static_cast<std::int64_t>(std::min(*limit, kMaxStored));
}

Account read_account(const Cursor& row) {
  Account account;
  account.id = row.text(0);
  account.name = row.text(1);
  account.email = row.text(2);
  account.password = row.text(3);
  account.language = row.text(4);
  account.admin = row.integer(5) != 0;
  account.disabled = row.integer(6) != 0;
  account.email_notifications = row.integer(7) != 0;
  account.email_confirmed = row.integer(8) != 0;
  account.being_deleted = row.integer(9) != 0;
  account.epoch = static_cast<std::uint32_t>(row.integer(10));
  account.quota = {optional_limit<std::uint64_t>(row, 11), optional_limit<std::uint64_t>(row, 12),
                   optional_limit<std::uint32_t>(row, 13), optional_limit<std::uint32_t>(row, 14)};
  account.created = row.time(15);
  return account;
}

std::optional<Account> first_account(Cursor rows) {
  if (!rows.next()) return {};
  return read_account(rows);
}

constexpr std::string_view kFindKey = "SELECT id, account, name, hash, created, used FROM keys WHERE id = $1";
constexpr std::string_view kListKeys =
    "SELECT id, account, name, hash, created, used FROM keys WHERE account = $1 ORDER BY created, id";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM keys WHERE account = $1";
constexpr std::string_view kHasAccount = "SELECT 1 FROM accounts WHERE id = $1";
constexpr std::string_view kInsertKey =
    "INSERT INTO keys (id, account, name, hash, created, used) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kDeleteKey = "DELETE FROM keys WHERE id = $1 AND account = $2";
constexpr std::string_view kKeyUseIsDue = "SELECT 1 FROM keys WHERE id = $1 AND (used IS NULL OR used <= $2)";
constexpr std::string_view kRecordKeyUse =
    "UPDATE keys SET used = $2 WHERE id = $1 AND (used IS NULL OR used <= $3)";

ApiKey read_key(const Cursor& row) {
  ApiKey key{row.text(0), row.text(1), row.text(2), row.text(3), row.time(4), {}};
  if (!row.is_null(5)) key.last_used = row.time(5);
  return key;
}

}  // namespace

Result<Account> create_account(Connection& connection, const Account& account) {
  Account made = account;
  made.id = new_record_id();
  made.email = fold_case(account.email);
  made.epoch = 0;
  made.created = store_now();
  if (first_account(connection.query(kFindName, fold_case(made.name)))) return name_taken();
  if (first_account(connection.query(kFindEmail, made.email))) return email_taken();
  const auto& quota = made.quota;
  connection.execute(kInsertAccount, made.id, made.name, fold_case(made.name), made.email, made.password,
                     made.language, made.admin, made.disabled, made.email_notifications, made.email_confirmed,
                     made.being_deleted, made.epoch, stored_limit(quota.storage_bytes),
                     stored_limit(quota.file_bytes), quota.tasks_per_day, quota.active_tasks, made.created);
  return made;
}

std::optional<Account> find_account(Connection& connection, std::string_view id) {
  return first_account(connection.query(kFindAccount, id));
}

std::optional<Account> find_login(Connection& connection, std::string_view name_or_email) {
  const bool email = name_or_email.find('@') != name_or_email.npos;
  return first_account(connection.query(email ? kFindEmail : kFindName, fold_case(name_or_email)));
}

std::vector<Account> list_accounts(Connection& connection, std::string_view after, std::size_t max) {
  std::vector<Account> accounts;
  const auto limit = std::min<std::size_t>(max, std::numeric_limits<std::int32_t>::max());
  for (auto rows = connection.query(kListAccounts, after, limit); rows.next();)
    accounts.push_back(read_account(rows));
  return accounts;
}

Result<Account> change_account(Connection& connection, std::string_view id, const AccountChange& change) {
  auto account = find_account(connection, id);
  if (!account) return no_such_account();
  apply_change(change, *account);
  const auto other = first_account(connection.query(kFindEmail, account->email));
  if (other && other->id != account->id) return email_taken();
  const auto& quota = account->quota;
  connection.execute(kChange, id, account->email, account->password, account->language, account->admin,
                     account->disabled, account->email_notifications, account->email_confirmed,
                     account->being_deleted, account->epoch, stored_limit(quota.storage_bytes),
                     stored_limit(quota.file_bytes), quota.tasks_per_day, quota.active_tasks);
  return std::move(*account);
}

void remove_account(Connection& connection, std::string_view id) {
  for (const auto sql : kDeleteAccount) connection.execute(sql, id);
}

Result<void> add_key(Connection& connection, const ApiKey& key) {
  if (!connection.query(kHasAccount, key.account).next()) return no_such_account();
  if (find_key(connection, key.id)) return key_taken();
  {
    auto count = connection.query(kCount, key.account);
    if (count.next() && count.integer(0) >= static_cast<std::int64_t>(kMaxKeysPerAccount))
      return too_many_keys();
  }
  connection.execute(kInsertKey, key.id, key.account, key.name, key.hash, key.created, key.last_used);
  return {};
}

std::optional<ApiKey> find_key(Connection& connection, std::string_view id) {
  auto rows = connection.query(kFindKey, id);
  if (!rows.next()) return {};
  return read_key(rows);
}

std::vector<ApiKey> list_keys(Connection& connection, std::string_view account) {
  std::vector<ApiKey> keys;
  for (auto rows = connection.query(kListKeys, account); rows.next();) keys.push_back(read_key(rows));
  return keys;
}

Result<void> remove_key(Connection& connection, std::string_view account, std::string_view id) {
  if (connection.execute(kDeleteKey, id, account) == 0) return no_such_key();
  return {};
}

bool key_use_is_due(Connection& connection, std::string_view id, Time at) {
  return connection.query(kKeyUseIsDue, id, at - kKeyUseInterval).next();
}

void record_key_use(Connection& connection, std::string_view id, Time at) {
  connection.execute(kRecordKeyUse, id, at, at - kKeyUseInterval);
}

}  // namespace convert::server::accounts
