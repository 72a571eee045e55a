// SPDX-License-Identifier: MIT

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <convert/server/accounts.hpp>

#include "accounts/account_rules.hpp"
#include "accounts/account_validation.hpp"
#include "accounts/postgresql/postgresql_account_tables.hpp"
#include "accounts/postgresql/stored_accounts.hpp"
#include "accounts/postgresql/stored_usage.hpp"
#include "base/try.hpp"
#include "base/utf8.hpp"
#include "postgresql/connection_pool.hpp"
#include "security/crypto.hpp"

namespace convert::server::accounts {
namespace {

using postgresql::ConnectionPool;
using postgresql::TransactionOptions;

/// Commits are durable; the call is run again if it is unknown whether it has happened.
constexpr TransactionOptions kDurable{true, true};
constexpr TransactionOptions kDurableOnce{false, true};
/// What does not have to survive a power failure.
constexpr TransactionOptions kFast{true, false};
constexpr TransactionOptions kFastOnce{false, false};

class PostgresqlAccountStore final : public AccountStore {
 public:
  using PgConnection = postgresql::Connection;
  using Wait = std::optional<std::chrono::milliseconds>;

  PostgresqlAccountStore(postgresql::ConnectionOptions connection, PostgresqlAccountOptions options)
      : options_(std::move(options)), pool_(std::move(connection)) {}

  Result<void> prepare() { return postgresql::require_schema(pool_, postgresql_account_tables()); }

  Result<Account> create(const Account& account) override {
    CONVERT_TRY(check_texts(account));
    Account made = account;
    made.id = new_record_id();
    made.email = fold_case(account.email);
    std::optional<Time> created;
    if (options_.clock) created = options_.clock();
    return run(kDurable, [&](PgConnection& connection) { return create_account(connection, made, created); });
  }

  Result<Account> find(std::string_view id) override {
    return find_one(no_such_account, id,
                    [&](PgConnection& connection) { return find_account(connection, id); });
  }

  Result<Account> find_login(std::string_view name_or_email) override {
    return find_one(no_such_account, name_or_email, [&](PgConnection& connection) {
      return accounts::find_login(connection, name_or_email);
    });
  }

  Result<std::vector<Account>> list(std::string_view after, std::size_t max) override {
    if (!base::is_storable(after)) return std::vector<Account>();
    return read([&](PgConnection& connection) { return list_accounts(connection, after, max); });
  }

  Result<Account> change(std::string_view id, const AccountChange& change) override {
    CONVERT_TRY(check_texts(change));
    if (!base::is_storable(id)) return no_such_account();
    return run(kDurable, [&](PgConnection& connection) { return change_account(connection, id, change); });
  }

  Result<void> remove(std::string_view id) override {
    if (!base::is_storable(id)) return {};
    return transaction(kDurable, [&](PgConnection& connection) { remove_account(connection, id); });
  }

  Result<void> add_key(const ApiKey& key) override {
    CONVERT_TRY(check_texts(key));
    return pool_
        .transaction(kDurableOnce,
                     [&](PgConnection& connection) { return accounts::add_key(connection, key); })
        .result();
  }

  Result<ApiKey> find_key(std::string_view key_id) override {
    return find_one(no_such_key, key_id,
                    [&](PgConnection& connection) { return accounts::find_key(connection, key_id); });
  }

  Result<std::vector<ApiKey>> list_keys(std::string_view account) override {
    if (!base::is_storable(account)) return std::vector<ApiKey>();
    return read([&](PgConnection& connection) { return accounts::list_keys(connection, account); });
  }

  Result<void> remove_key(std::string_view account, std::string_view key_id) override {
    if (!base::is_storable(account) || !base::is_storable(key_id)) return no_such_key();
    return pool_
        .run(kDurableOnce,
             [&](PgConnection& connection) { return accounts::remove_key(connection, account, key_id); })
        .result();
  }

  Result<void> touch_key(std::string_view key_id, Time at) override {
    if (!base::is_storable(key_id)) return {};
    return change_rows(kFast, [&](PgConnection& connection) { accounts::touch_key(connection, key_id, at); });
  }

  Result<Reservation> reserve(const QuotaRequest& request, Time now,
                              std::chrono::milliseconds lease) override {
    CONVERT_TRY(check_text("account", request.account));
    const auto id = new_record_id();
    return transact(kFastOnce, [&](PgConnection& connection) {
      return accounts::reserve(connection, id, request, now, lease);
    });
  }

  Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now) override {
    if (!base::is_storable(id)) return no_such_reservation();
    return transact(kFastOnce,
                    [&](PgConnection& connection) { return accounts::grow(connection, id, bytes, now); });
  }

  Result<void> renew(std::span<const std::string> ids, Time now, std::chrono::milliseconds lease) override {
    if (ids.empty()) return {};
    return change_rows(kFast,
                       [&](PgConnection& connection) { accounts::renew(connection, ids, now, lease); });
  }

  Result<void> settle(std::string_view id) override {
    if (!base::is_storable(id)) return {};
    return change_rows(kFast, [&](PgConnection& connection) { accounts::settle(connection, id); });
  }

  Result<void> release(std::string_view id) override {
    if (!base::is_storable(id)) return {};
    return change_rows(kFast, [&](PgConnection& connection) { accounts::release(connection, id); });
  }

  Result<Reservation> reserved_usage(std::string_view account, Time now) override {
    if (!base::is_storable(account)) return Reservation{};
    return read([&](PgConnection& connection) { return accounts::reserved_usage(connection, account, now); });
  }

  Result<IdempotencyRecord> begin_request(std::string_view account, std::string_view key, Time now,
                                          std::chrono::milliseconds lifetime,
                                          std::chrono::milliseconds stale_after) override {
    CONVERT_TRY(check_text("account", account));
    CONVERT_TRY(check_text("idempotency key", key));
    constexpr int kMaxTries = 10;
    const auto unique_key = new_unique_key();
    for (int tries = 0; tries < kMaxTries; ++tries) {
      std::optional<IdempotencyRecord> record;
      CONVERT_TRY(change_rows(kDurable, [&](PgConnection& connection) {
        record = accounts::begin_request(connection, account, key, unique_key, now, lifetime, stale_after);
      }));
      if (record) return std::move(*record);
    }
    return Error{Errc::unavailable, "The record of the request changes too often. Try again.", true};
  }

  Result<void> renew_requests(std::span<const IdempotentRequestName> requests, Time now) override {
    if (requests.empty()) return {};
    return change_rows(
        kFast, [&](PgConnection& connection) { accounts::renew_requests(connection, requests, now); });
  }

  Result<void> complete_request(std::string_view account, std::string_view key, unsigned status,
                                std::string_view answer) override {
    CONVERT_TRY(check_text("answer", answer));
    if (!base::is_storable(account) || !base::is_storable(key)) return {};
    return change_rows(kDurable, [&](PgConnection& connection) {
      accounts::complete_request(connection, account, key, status, answer);
    });
  }

  Result<void> abandon_request(std::string_view account, std::string_view key) override {
    if (!base::is_storable(account) || !base::is_storable(key)) return {};
    return change_rows(
        kDurable, [&](PgConnection& connection) { accounts::abandon_request(connection, account, key); });
  }

  Result<void> sweep(Time now, std::chrono::milliseconds lifetime) override {
    for (bool more = true; more;) {
      CONVERT_TRY(transaction(
          kFast, [&](PgConnection& connection) { more = accounts::sweep(connection, now, lifetime); }));
    }
    return {};
  }

  Result<Wait> count_event(std::string_view key, const RateLimit& rate, Time now) override {
    if (rate.events == 0) return Wait();
    CONVERT_TRY(check_text("key of an event", key));
    Wait wait;
    CONVERT_TRY(change_rows({false, false}, [&](PgConnection& connection) {
      wait = accounts::count_event(connection, key, rate, now);
    }));
    return wait;
  }

  Result<Wait> check_event(std::string_view key, const RateLimit& rate, Time now) override {
    if (rate.events == 0 || !base::is_storable(key)) return Wait();
    return read([&](PgConnection& connection) { return accounts::check_event(connection, key, rate, now); });
  }

  Result<void> uncount_event(std::string_view key, const RateLimit& rate, Time now) override {
    if (rate.events == 0 || !base::is_storable(key)) return {};
    return change_rows({false, false}, [&](PgConnection& connection) {
      accounts::uncount_event(connection, key, rate, now);
    });
  }

  Result<Time> now() override {
    if (options_.clock) return options_.clock();
    return read([](PgConnection& connection) { return server_time(connection); });
  }

 private:
  /// Runs an operation whose result is a Result<T>, as one round trip.
  template <class Operation>
  auto run(const TransactionOptions& options, const Operation& operation)
      -> decltype(operation(std::declval<PgConnection&>())) {
    return with_value(
        operation, [&](const ConnectionPool::Operation& work) { return pool_.run(options, work).result(); });
  }

  /// The same in a transaction.
  template <class Operation>
  auto transact(const TransactionOptions& options, const Operation& operation)
      -> decltype(operation(std::declval<PgConnection&>())) {
    return with_value(operation, [&](const ConnectionPool::Operation& work) {
      return pool_.transaction(options, work).result();
    });
  }

  template <class Operation, class Run>
  static auto with_value(const Operation& operation, const Run& run_it)
      -> decltype(operation(std::declval<PgConnection&>())) {
    std::optional<typename decltype(operation(std::declval<PgConnection&>()))::value_type> value;
    CONVERT_TRY(run_it([&](PgConnection& connection) -> Result<void> {
      CONVERT_TRY_ASSIGN(value, operation(connection));
      return {};
    }));
    return std::move(*value);
  }

  /// Runs an operation without a result, as one round trip.
  template <class Operation>
  Result<void> change_rows(const TransactionOptions& options, const Operation& operation) {
    return pool_.run(options, without_result(operation)).result();
  }

  /// The same in a transaction.
  template <class Operation>
  Result<void> transaction(const TransactionOptions& options, const Operation& operation) {
    return pool_.transaction(options, without_result(operation)).result();
  }

  template <class Operation>
  static ConnectionPool::Operation without_result(const Operation& operation) {
    return [&operation](PgConnection& connection) -> Result<void> {
      operation(connection);
      return {};
    };
  }

  template <class Operation>
  auto read(const Operation& operation) -> Result<decltype(operation(std::declval<PgConnection&>()))> {
    std::optional<decltype(operation(std::declval<PgConnection&>()))> value;
    CONVERT_TRY(pool_.read([&](PgConnection& connection) -> Result<void> {
      value.emplace(operation(connection));
      return {};
    }));
    return std::move(*value);
  }

  template <class Operation>
  auto find_one(Error (*missing)(), std::string_view text, const Operation& operation)
      -> Result<typename decltype(operation(std::declval<PgConnection&>()))::value_type> {
    if (!base::is_storable(text)) return missing();
    CONVERT_TRY_ASSIGN(auto found, read(operation));
    if (!found) return missing();
    return std::move(*found);
  }

  const PostgresqlAccountOptions options_;
  ConnectionPool pool_;
};

}  // namespace
}  // namespace convert::server::accounts

namespace convert::server {

Result<std::shared_ptr<AccountStore>> postgresql_account_store(std::string_view uri,
                                                               const PostgresqlAccountOptions& options) {
  CONVERT_TRY_ASSIGN(auto connection, postgresql::parse_connection_uri(uri));
  auto store = std::make_shared<accounts::PostgresqlAccountStore>(std::move(connection), options);
  CONVERT_TRY(store->prepare());
  return std::shared_ptr<AccountStore>(std::move(store));
}

}  // namespace convert::server
