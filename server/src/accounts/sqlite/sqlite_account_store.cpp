// SPDX-License-Identifier: MIT

#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include <convert/server/accounts.hpp>

#include "accounts/account_rules.hpp"
#include "accounts/sqlite/account_rows.hpp"
#include "accounts/sqlite/usage_rows.hpp"
#include "base/try.hpp"
#include "sqlite/group_commit.hpp"
#include "sqlite/read_connection_pool.hpp"
#include "sqlite/sqlite_database.hpp"

namespace convert::server::accounts {
namespace {

constexpr int kApplicationId = 0x63616363;  // "cacc", in the header of the database file

// Times are milliseconds since 1970, days are days since 1970, flags are 0 or 1.
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

// `idle`: microseconds since 1970.
constexpr std::string_view kEventTable = R"(
CREATE TABLE events (
  key TEXT PRIMARY KEY,
  idle INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX events_idle ON events (idle);
)";

/// Append a row to change the schema. Never edit an existing row.
constexpr std::array kMigrations = {sqlite::Migration{1, 1, kFirstTables},
                                    sqlite::Migration{2, 1, kEventTable}};

const sqlite::Schema& account_schema() {
  static constexpr sqlite::Schema schema{kApplicationId, kMigrations};
  return schema;
}

using sqlite::Connection;
using sqlite::GroupCommit;
using std::chrono::milliseconds;
using Flush = GroupCommit::Flush;

/// How long a write waits for other processes, as in sqlite_job_store.
constexpr milliseconds kBusyTimeout(10'000);

class SqliteAccountStore final : public AccountStore {
 public:
  SqliteAccountStore(std::unique_ptr<Connection> writer, Durability durability)
      : writer_(std::move(writer)),
        commits_(*writer_, durability),
        readers_(writer_->database(), kBusyTimeout) {}

  Result<Account> create(const Account& account) override {
    CONVERT_TRY(check_texts(account));
    return write(Flush::required,
                 [&](Connection& connection) { return create_account(connection, account); });
  }

  Result<Account> find(std::string_view id) override {
    return read_one(no_such_account, [&](Connection& connection) { return find_account(connection, id); });
  }

  Result<Account> find_login(std::string_view name_or_email) override {
    return read_one(no_such_account,
                    [&](Connection& connection) { return accounts::find_login(connection, name_or_email); });
  }

  Result<std::vector<Account>> list(std::string_view after, std::size_t max) override {
    return read([&](Connection& connection) { return list_accounts(connection, after, max); });
  }

  Result<Account> change(std::string_view id, const AccountChange& change) override {
    CONVERT_TRY(check_texts(change));
    return write(Flush::required,
                 [&](Connection& connection) { return change_account(connection, id, change); });
  }

  Result<void> remove(std::string_view id) override {
    return run(Flush::required, [&](Connection& connection) { remove_account(connection, id); });
  }

  Result<void> add_key(const ApiKey& key) override {
    CONVERT_TRY(check_texts(key));
    return commits_.run(Flush::required,
                        [&](Connection& connection) { return accounts::add_key(connection, key); });
  }

  Result<ApiKey> find_key(std::string_view key_id) override {
    return read_one(no_such_key,
                    [&](Connection& connection) { return accounts::find_key(connection, key_id); });
  }

  Result<std::vector<ApiKey>> list_keys(std::string_view account) override {
    return read([&](Connection& connection) { return accounts::list_keys(connection, account); });
  }

  Result<void> remove_key(std::string_view account, std::string_view key_id) override {
    return commits_.run(Flush::required, [&](Connection& connection) {
      return accounts::remove_key(connection, account, key_id);
    });
  }

  Result<void> touch_key(std::string_view key_id, Time at) override {
    CONVERT_TRY_ASSIGN(const auto due,
                       read([&](Connection& connection) { return key_use_is_due(connection, key_id, at); }));
    if (!due) return {};
    return run(Flush::not_required, [&](Connection& connection) { record_key_use(connection, key_id, at); });
  }

  Result<Reservation> reserve(const QuotaRequest& request, Time now, milliseconds lease) override {
    CONVERT_TRY(check_text("account", request.account));
    return write(Flush::not_required,
                 [&](Connection& connection) { return accounts::reserve(connection, request, now, lease); });
  }

  Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now) override {
    return write(Flush::not_required,
                 [&](Connection& connection) { return accounts::grow(connection, id, bytes, now); });
  }

  Result<void> renew(std::span<const std::string> ids, Time now, milliseconds lease) override {
    if (ids.empty()) return {};
    return run(Flush::not_required, [&](Connection& connection) {
      for (const auto& id : ids) accounts::renew(connection, id, now, lease);
    });
  }

  Result<void> settle(std::string_view id) override {
    return run(Flush::not_required, [&](Connection& connection) { accounts::settle(connection, id); });
  }

  Result<void> release(std::string_view id) override {
    return run(Flush::not_required, [&](Connection& connection) { accounts::release(connection, id); });
  }

  Result<Reservation> reserved_usage(std::string_view account, Time now) override {
    return read([&](Connection& connection) { return accounts::reserved_usage(connection, account, now); });
  }

  Result<IdempotencyRecord> begin_request(std::string_view account, std::string_view key, Time now,
                                          milliseconds lifetime, milliseconds stale_after) override {
    CONVERT_TRY(check_text("account", account));
    CONVERT_TRY(check_text("idempotency key", key));
    return write(Flush::required, [&](Connection& connection) -> Result<IdempotencyRecord> {
      return accounts::begin_request(connection, account, key, now, lifetime, stale_after);
    });
  }

  Result<void> renew_requests(std::span<const IdempotentRequestName> requests, Time now) override {
    if (requests.empty()) return {};
    return run(Flush::not_required, [&](Connection& connection) {
      for (const auto& request : requests) renew_request(connection, request.account, request.key, now);
    });
  }

  Result<void> complete_request(std::string_view account, std::string_view key, unsigned status,
                                std::string_view answer) override {
    CONVERT_TRY(check_text("answer", answer));
    return run(Flush::required, [&](Connection& connection) {
      accounts::complete_request(connection, account, key, status, answer);
    });
  }

  Result<void> abandon_request(std::string_view account, std::string_view key) override {
    return run(Flush::required,
               [&](Connection& connection) { accounts::abandon_request(connection, account, key); });
  }

  Result<void> sweep(Time now, milliseconds lifetime) override {
    return run(Flush::not_required, [&](Connection& connection) {
      sweep_reservations(connection, now);
      sweep_requests(connection, now, lifetime);
      sweep_events(connection, now);
    });
  }

  Result<std::optional<milliseconds>> count_event(std::string_view key, const RateLimit& rate,
                                                  Time now) override {
    if (rate.events == 0) return std::optional<milliseconds>();
    CONVERT_TRY(check_text("key of an event", key));
    return write(Flush::not_required, [&](Connection& connection) -> Result<std::optional<milliseconds>> {
      return accounts::count_event(connection, key, rate, now);
    });
  }

  Result<std::optional<milliseconds>> check_event(std::string_view key, const RateLimit& rate,
                                                  Time now) override {
    if (rate.events == 0) return std::optional<milliseconds>();
    return read([&](Connection& connection) { return accounts::check_event(connection, key, rate, now); });
  }

  Result<void> uncount_event(std::string_view key, const RateLimit& rate, Time now) override {
    if (rate.events == 0) return {};
    return run(Flush::not_required,
               [&](Connection& connection) { accounts::uncount_event(connection, key, rate, now); });
  }

 private:
  /// Runs an operation in a transaction that it may share with others. Returns its result.
  template <class Operation>
  auto write(Flush flush, const Operation& operation) -> decltype(operation(std::declval<Connection&>())) {
    std::optional<typename decltype(operation(std::declval<Connection&>()))::value_type> value;
    CONVERT_TRY(commits_.run(flush, [&](Connection& connection) -> Result<void> {
      CONVERT_TRY_ASSIGN(value, operation(connection));
      return {};
    }));
    return std::move(*value);
  }

  /// As `write`, for an operation without a result that only SQLite errors can fail.
  template <class Operation>
  Result<void> run(Flush flush, const Operation& operation) {
    return commits_.run(flush, [&](Connection& connection) -> Result<void> {
      operation(connection);
      return {};
    });
  }

  template <class Operation>
  auto read(const Operation& operation) -> Result<decltype(operation(std::declval<Connection&>()))> {
    std::optional<decltype(operation(std::declval<Connection&>()))> value;
    CONVERT_TRY(readers_.run([&](Connection& connection) { value.emplace(operation(connection)); }));
    return std::move(*value);
  }

  template <class Operation>
  auto read_one(Error (*missing)(), const Operation& operation)
      -> Result<typename decltype(operation(std::declval<Connection&>()))::value_type> {
    CONVERT_TRY_ASSIGN(auto found, read(operation));
    if (!found) return missing();
    return std::move(*found);
  }

  std::unique_ptr<Connection> writer_;
  GroupCommit commits_;
  sqlite::ReadConnectionPool readers_;
};

}  // namespace

}  // namespace convert::server::accounts

namespace convert::server {

Result<std::shared_ptr<AccountStore>> sqlite_account_store(const std::filesystem::path& file,
                                                           Durability durability) {
  CONVERT_TRY_ASSIGN(auto writer, sqlite::open_database({file, "accounts"}, accounts::account_schema(),
                                                        accounts::kBusyTimeout));
  return std::shared_ptr<AccountStore>(
      std::make_shared<accounts::SqliteAccountStore>(std::move(writer), durability));
}

}  // namespace convert::server
