// SPDX-License-Identifier: MIT
#include "accounts/account_rows.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "accounts/checks.hpp"
#include "accounts/rules.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Cursor;
using sqlite::Session;

// A text literal, since the columns are part of several others; read by their numbers in account_of.
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
std::optional<Number> limit_at(const Cursor& row, int column) {
  if (row.null(column)) return {};
  return static_cast<Number>(row.integer(column));
}

/// SQLite's numbers have a sign; nobody has as many bytes.
std::optional<std::int64_t> stored(const std::optional<std::uint64_t>& limit) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (!limit) return {};
  return static_cast<std::int64_t>(std::min(*limit, kMost));
}

Account account_of(const Cursor& row) {
  Account account;
  account.id = row.text(0);
  account.name = row.text(1);
  account.email = row.text(2);
  account.password = row.text(3);
  account.language = row.text(4);
  account.admin = row.integer(5) != 0;
  account.disabled = row.integer(6) != 0;
  account.wants_mail = row.integer(7) != 0;
  account.confirmed = row.integer(8) != 0;
  account.leaving = row.integer(9) != 0;
  account.epoch = static_cast<std::uint32_t>(row.integer(10));
  account.quota = {limit_at<std::uint64_t>(row, 11), limit_at<std::uint64_t>(row, 12),
                   limit_at<std::uint32_t>(row, 13), limit_at<std::uint32_t>(row, 14)};
  account.created = row.time(15);
  return account;
}

std::optional<Account> only(Cursor rows) {
  if (!rows.next()) return {};
  return account_of(rows);
}

}  // namespace

Result<Account> create_account(Session& session, const Account& account) {
  Account made = account;
  made.id = new_id();
  made.email = folded(account.email);
  made.epoch = 0;
  made.created = now_of_store();
  if (only(session.query(kFindName, folded(made.name)))) return name_taken();
  if (only(session.query(kFindEmail, made.email))) return email_taken();
  const auto& quota = made.quota;
  session.execute(kInsertAccount, made.id, made.name, folded(made.name), made.email, made.password, made.language,
                  made.admin, made.disabled, made.wants_mail, made.confirmed, made.leaving, made.epoch,
                  stored(quota.storage_bytes), stored(quota.file_bytes), quota.tasks_a_day,
                  quota.tasks_at_once, made.created);
  return made;
}

std::optional<Account> find_account(Session& session, std::string_view id) {
  return only(session.query(kFindAccount, id));
}

std::optional<Account> find_login(Session& session, std::string_view name_or_email) {
  const bool email = name_or_email.find('@') != name_or_email.npos;
  return only(session.query(email ? kFindEmail : kFindName, folded(name_or_email)));
}

std::vector<Account> list_accounts(Session& session, std::string_view after, std::size_t max) {
  std::vector<Account> accounts;
  const auto most = std::min<std::size_t>(max, std::numeric_limits<std::int32_t>::max());
  for (auto rows = session.query(kListAccounts, after, most); rows.next();) accounts.push_back(account_of(rows));
  return accounts;
}

Result<Account> change_account(Session& session, std::string_view id, const AccountChange& change) {
  auto account = find_account(session, id);
  if (!account) return no_such_account();
  apply(change, *account);
  const auto other = only(session.query(kFindEmail, account->email));
  if (other && other->id != account->id) return email_taken();
  const auto& quota = account->quota;
  session.execute(kChange, id, account->email, account->password, account->language, account->admin,
                  account->disabled, account->wants_mail, account->confirmed, account->leaving,
                  account->epoch, stored(quota.storage_bytes), stored(quota.file_bytes), quota.tasks_a_day,
                  quota.tasks_at_once);
  return std::move(*account);
}

void remove_account(Session& session, std::string_view id) {
  for (const auto sql : kDeleteAccount) session.execute(sql, id);
}

}  // namespace convert::server::accounts
