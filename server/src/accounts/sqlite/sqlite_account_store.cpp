// SPDX-License-Identifier: MIT
#include "accounts/sqlite/schema.hpp"

#include <array>

namespace convert::server::accounts {
namespace {

constexpr int kApplicationId = 0x63616363;  // "cacc": stands in the file's header

// Times are ms since 1970, days count since then; flags are 0 or 1.
constexpr std::string_view kFirstTables = R"(
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  folded TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL UNIQUE,
  password TEXT NOT NULL,
  language TEXT NOT NULL,
  admin INTEGER NOT NULL,
  disabled INTEGER NOT NULL,
  wants_mail INTEGER NOT NULL,
  confirmed INTEGER NOT NULL,
  leaving INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  quota_storage INTEGER,
  quota_file INTEGER,
  quota_day INTEGER,
  quota_at_once INTEGER,
  created INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  created INTEGER NOT NULL,
  used INTEGER
) WITHOUT ROWID;
CREATE INDEX keys_account ON keys (account, created);

CREATE TABLE days (
  account TEXT NOT NULL,
  day INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  PRIMARY KEY (account, day)
) WITHOUT ROWID;
CREATE INDEX days_day ON days (day);

CREATE TABLE reservations (
  id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  tasks INTEGER NOT NULL,
  day INTEGER NOT NULL,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX reservations_account ON reservations (account);

CREATE TABLE requests (
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  unique_key TEXT NOT NULL,
  done INTEGER NOT NULL,
  since INTEGER NOT NULL,
  created INTEGER NOT NULL,
  status INTEGER NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (account, key)
) WITHOUT ROWID;
CREATE INDEX requests_created ON requests (created);
)";

/// A change of the tables is a row at the end; what stands here is never changed.
constexpr std::array kMigrations = {sqlite::Migration{1, 1, kFirstTables}};

}  // namespace

const sqlite::Schema& account_schema() {
  static constexpr sqlite::Schema schema{kApplicationId, kMigrations};
  return schema;
}

}  // namespace convert::server::accounts
