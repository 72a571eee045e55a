// SPDX-License-Identifier: MIT
#include <convert/server/accounts.hpp>

#include <chrono>
#include <optional>
#include <utility>

#include "accounts/account_rows.hpp"
#include "accounts/key_rows.hpp"
#include "accounts/request_rows.hpp"
#include "accounts/reservation_rows.hpp"
#include "accounts/rules.hpp"
#include "accounts/schema.hpp"
#include "sqlite/database.hpp"
#include "sqlite/group_commit.hpp"
#include "sqlite/reader_pool.hpp"

namespace convert::server {
namespace {

using namespace accounts;
using sqlite::GroupCommit;
using sqlite::Session;
using std::chrono::milliseconds;
using Flush = GroupCommit::Flush;

/// As long as sqlite_job_store waits for other processes' writes.
constexpr milliseconds kBusyTimeout(10'000);

class SqliteAccountStore final : public AccountStore {
 public:
  SqliteAccountStore(std::unique_ptr<Session> writer, Durability durability)
      : writer_(std::move(writer)),
        commits_(*writer_, durability),
        readers_(writer_->database(), kBusyTimeout) {}

  Result<Account> create(const Account& account) override {
    return write(Flush::needed, [&](Session& session) { return create_account(session, account); });
  }

  Result<Account> find(std::string_view id) override {
    return read_one(no_such_account, [&](Session& session) { return find_account(session, id); });
  }

  Result<Account> find_login(std::string_view name_or_email) override {
    return read_one(no_such_account,
                    [&](Session& session) { return accounts::find_login(session, name_or_email); });
  }

  Result<std::vector<Account>> list(std::string_view after, std::size_t max) override {
    return read([&](Session& session) { return list_accounts(session, after, max); });
  }

  Result<Account> change(std::string_view id, const AccountChange& change) override {
    return write(Flush::needed, [&](Session& session) { return change_account(session, id, change); });
  }

  Result<void> remove(std::string_view id) override {
    return run(Flush::needed, [&](Session& session) { remove_account(session, id); });
  }

  Result<void> add_key(const ApiKey& key) override {
    return commits_.run(Flush::needed, [&](Session& session) { return accounts::add_key(session, key); });
  }

  Result<ApiKey> find_key(std::string_view key_id) override {
    return read_one(no_such_key, [&](Session& session) { return accounts::find_key(session, key_id); });
  }

  Result<std::vector<ApiKey>> keys(std::string_view account) override {
    return read([&](Session& session) { return list_keys(session, account); });
  }

  Result<void> remove_key(std::string_view account, std::string_view key_id) override {
    return commits_.run(Flush::needed,
                        [&](Session& session) { return accounts::remove_key(session, account, key_id); });
  }

  Result<void> used(std::string_view key_id, Time at) override {
    const auto due = read([&](Session& session) { return use_is_due(session, key_id, at); });
    if (!due) return due.error();
    if (!*due) return {};
    return run(Flush::spared, [&](Session& session) { note_use(session, key_id, at); });
  }

  Result<Reservation> reserve(const Demand& demand, Time now, milliseconds lease) override {
    return write(Flush::spared,
                 [&](Session& session) { return accounts::reserve(session, demand, now, lease); });
  }

  Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now) override {
    return write(Flush::spared, [&](Session& session) { return accounts::grow(session, id, bytes, now); });
  }

  Result<void> renew(std::span<const std::string> ids, Time now, milliseconds lease) override {
    if (ids.empty()) return {};
    return run(Flush::spared, [&](Session& session) {
      for (const auto& id : ids) accounts::renew(session, id, now, lease);
    });
  }

  Result<void> settle(std::string_view id) override {
    return run(Flush::spared, [&](Session& session) { accounts::settle(session, id); });
  }

  Result<void> release(std::string_view id) override {
    return run(Flush::spared, [&](Session& session) { accounts::release(session, id); });
  }

  Result<Reservation> reserved(std::string_view account, Time now) override {
    return read([&](Session& session) { return accounts::reserved(session, account, now); });
  }

  Result<KnownRequest> begin_request(std::string_view account, std::string_view key, Time now,
                                     milliseconds valid, milliseconds patience) override {
    return write(Flush::needed, [&](Session& session) -> Result<KnownRequest> {
      return accounts::begin_request(session, account, key, now, valid, patience);
    });
  }

  Result<void> finish_request(std::string_view account, std::string_view key, unsigned status,
                              std::string_view answer) override {
    return run(Flush::needed,
               [&](Session& session) { accounts::finish_request(session, account, key, status, answer); });
  }

  Result<void> forget_request(std::string_view account, std::string_view key) override {
    return run(Flush::needed, [&](Session& session) { accounts::forget_request(session, account, key); });
  }

  Result<void> sweep(Time now, milliseconds valid) override {
    return run(Flush::spared, [&](Session& session) {
      sweep_reservations(session, now);
      sweep_requests(session, now, valid);
    });
  }

 private:
  /// Runs an operation in a transaction that it may share, and answers with what it gave.
  template <class Operation>
  auto write(Flush flush, const Operation& operation) -> decltype(operation(std::declval<Session&>())) {
    std::optional<typename decltype(operation(std::declval<Session&>()))::value_type> value;
    const auto done = commits_.run(flush, [&](Session& session) -> Result<void> {
      auto result = operation(session);
      if (!result) return result.error();
      value.emplace(std::move(*result));
      return {};
    });
    if (!done) return done.error();
    return std::move(*value);
  }

  /// The same for what gives nothing, and cannot fail but by SQLite.
  template <class Operation>
  Result<void> run(Flush flush, const Operation& operation) {
    return commits_.run(flush, [&](Session& session) -> Result<void> {
      operation(session);
      return {};
    });
  }

  template <class Operation>
  auto read(const Operation& operation) -> Result<decltype(operation(std::declval<Session&>()))> {
    std::optional<decltype(operation(std::declval<Session&>()))> value;
    const auto done = readers_.run([&](Session& session) { value.emplace(operation(session)); });
    if (!done) return done.error();
    return std::move(*value);
  }

  template <class Operation>
  auto read_one(Error (*missing)(), const Operation& operation)
      -> Result<typename decltype(operation(std::declval<Session&>()))::value_type> {
    auto found = read(operation);
    if (!found) return found.error();
    if (!*found) return missing();
    return std::move(**found);
  }

  std::unique_ptr<Session> writer_;
  GroupCommit commits_;
  sqlite::ReaderPool readers_;
};

}  // namespace

Result<std::shared_ptr<AccountStore>> sqlite_account_store(const std::filesystem::path& file,
                                                           Durability durability) {
  auto writer = sqlite::open_database({file, "accounts"}, account_schema(), kBusyTimeout);
  if (!writer) return writer.error();
  return std::shared_ptr<AccountStore>(std::make_shared<SqliteAccountStore>(std::move(*writer), durability));
}

}  // namespace convert::server
