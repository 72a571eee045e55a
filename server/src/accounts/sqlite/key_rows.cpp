// SPDX-License-Identifier: MIT
#include "accounts/sqlite/key_rows.hpp"

#include "accounts/account_rules.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Connection;
using sqlite::Cursor;

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
