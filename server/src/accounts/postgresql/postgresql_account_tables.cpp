// SPDX-License-Identifier: MIT
#include "accounts/postgresql/postgresql_account_tables.hpp"

#include <array>

#include "base/try.hpp"
#include "postgresql/connection_options.hpp"
#include "postgresql/connection_pool.hpp"

namespace convert::server::accounts {
namespace {

// Times are milliseconds since 1970, days are days since 1970, counted_events.idle is microseconds since
// 1970. Texts are compared by their bytes. There are no foreign keys, whose checks lock rows of other tables.
//
// The tables with a fillfactor are updated often: their new row versions fit into the same page, which needs
// no new index entries as long as no index has a column that changes. They are small, so sweeps read them
// whole. Autovacuum visits them early, because they stay small only if dead rows are removed soon.
constexpr std::string_view kFirstPostgresqlTables = R"(
CREATE TABLE accounts (
  id {text} PRIMARY KEY,
  name {text} NOT NULL,
  folded {text} NOT NULL CONSTRAINT accounts_folded UNIQUE,
  email {text} NOT NULL CONSTRAINT accounts_email UNIQUE,
  password {text} NOT NULL,
  language {text} NOT NULL,
  admin boolean NOT NULL,
  disabled boolean NOT NULL,
  wants_mail boolean NOT NULL,
  confirmed boolean NOT NULL,
  leaving boolean NOT NULL,
  epoch bigint NOT NULL,
  quota_storage bigint,
  quota_file bigint,
  quota_day bigint,
  quota_at_once bigint,
  created bigint NOT NULL
);

CREATE TABLE api_keys (
  id {text} PRIMARY KEY,
  account {text} NOT NULL,
  name {text} NOT NULL,
  hash {text} NOT NULL,
  created bigint NOT NULL,
  used bigint
) WITH (fillfactor = 85);
CREATE INDEX api_keys_account ON api_keys (account, created, id);

CREATE TABLE task_days (
  account {text} NOT NULL,
  day bigint NOT NULL,
  tasks bigint NOT NULL,
  PRIMARY KEY (account, day)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

CREATE TABLE quota_reservations (
  id {text} PRIMARY KEY,
  account {text} NOT NULL,
  bytes bigint NOT NULL,
  tasks bigint NOT NULL,
  day bigint NOT NULL,
  expires bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX quota_reservations_account ON quota_reservations (account);

CREATE TABLE idempotent_requests (
  account {text} NOT NULL,
  key {text} NOT NULL,
  unique_key {text} NOT NULL,
  done boolean NOT NULL,
  since bigint NOT NULL,
  created bigint NOT NULL,
  status bigint NOT NULL,
  answer {text} NOT NULL,
  PRIMARY KEY (account, key)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX idempotent_requests_created ON idempotent_requests (created);

CREATE TABLE counted_events (
  key {text} PRIMARY KEY,
  idle bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
)";

/// Append a row to change the schema. Never edit an existing row once it is released.
constexpr std::array kPostgresqlSteps = {sql::Migration{1, 1, kFirstPostgresqlTables}};

}  // namespace

const postgresql::Schema& postgresql_account_tables() {
  static constexpr postgresql::Schema schema{"accounts", kPostgresqlSteps};
  return schema;
}

Result<int> migrate_postgresql(std::string_view uri) {
  CONVERT_TRY_ASSIGN(auto options, postgresql::parse_connection_uri(uri));
  postgresql::ConnectionPool pool(std::move(options));
  return postgresql::migrate(pool, postgresql_account_tables());
}

}  // namespace convert::server::accounts
