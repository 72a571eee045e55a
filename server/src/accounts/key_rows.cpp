// SPDX-License-Identifier: MIT
#include "accounts/key_rows.hpp"

#include "accounts/rules.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Cursor;
using sqlite::Session;

constexpr std::string_view kFindKey = "SELECT id, account, name, hash, created, used FROM keys WHERE id = $1";
constexpr std::string_view kListKeys =
    "SELECT id, account, name, hash, created, used FROM keys WHERE account = $1 ORDER BY created, id";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM keys WHERE account = $1";
constexpr std::string_view kHasAccount = "SELECT 1 FROM accounts WHERE id = $1";
constexpr std::string_view kInsertKey =
    "INSERT INTO keys (id, account, name, hash, created, used) VALUES ($1, $2, $3, $4, $5, $6)";
constexpr std::string_view kDeleteKey = "DELETE FROM keys WHERE id = $1 AND account = $2";
constexpr std::string_view kIsDue = "SELECT 1 FROM keys WHERE id = $1 AND (used IS NULL OR used <= $2)";
constexpr std::string_view kNoteUse =
    "UPDATE keys SET used = $2 WHERE id = $1 AND (used IS NULL OR used <= $3)";

ApiKey key_of(const Cursor& row) {
  ApiKey key{row.text(0), row.text(1), row.text(2), row.text(3), row.time(4), {}};
  if (!row.null(5)) key.used = row.time(5);
  return key;
}

}  // namespace

Result<void> add_key(Session& session, const ApiKey& key) {
  if (!session.query(kHasAccount, key.account).next()) return no_such_account();
  if (find_key(session, key.id)) return key_taken();
  {
    auto count = session.query(kCount, key.account);
    if (count.next() && count.integer(0) >= static_cast<std::int64_t>(kMostKeys)) return too_many_keys();
  }
  session.execute(kInsertKey, key.id, key.account, key.name, key.hash, key.created, key.used);
  return {};
}

std::optional<ApiKey> find_key(Session& session, std::string_view id) {
  auto rows = session.query(kFindKey, id);
  if (!rows.next()) return {};
  return key_of(rows);
}

std::vector<ApiKey> list_keys(Session& session, std::string_view account) {
  std::vector<ApiKey> keys;
  for (auto rows = session.query(kListKeys, account); rows.next();) keys.push_back(key_of(rows));
  return keys;
}

Result<void> remove_key(Session& session, std::string_view account, std::string_view id) {
  if (session.execute(kDeleteKey, id, account) == 0) return no_such_key();
  return {};
}

bool use_is_due(Session& session, std::string_view id, Time at) {
  return session.query(kIsDue, id, at - kUsedAtMostOnceIn).next();
}

void note_use(Session& session, std::string_view id, Time at) {
  session.execute(kNoteUse, id, at, at - kUsedAtMostOnceIn);
}

}  // namespace convert::server::accounts
