// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <convert/server/accounts.hpp>

#include "sqlite/sqlite_connection.hpp"

/// The table of accounts. What SQLite says of a failure stays in the session; without one, nothing means that
/// there is no such row.
/// The table of API keys. Failures: as in account_rows.hpp.
namespace convert::server::accounts {

Result<Account> create_account(sqlite::Connection& connection, const Account& account);
std::optional<Account> find_account(sqlite::Connection& connection, std::string_view id);
std::optional<Account> find_login(sqlite::Connection& connection, std::string_view name_or_email);
std::vector<Account> list_accounts(sqlite::Connection& connection, std::string_view after, std::size_t max);
Result<Account> change_account(sqlite::Connection& connection, std::string_view id,
                               const AccountChange& change);
/// With all that stands in other tables.
void remove_account(sqlite::Connection& connection, std::string_view id);

Result<void> add_key(sqlite::Connection& connection, const ApiKey& key);
std::optional<ApiKey> find_key(sqlite::Connection& connection, std::string_view id);
std::vector<ApiKey> list_keys(sqlite::Connection& connection, std::string_view account);
Result<void> remove_key(sqlite::Connection& connection, std::string_view account, std::string_view id);
/// Whether `record_key_use` would write: known without a transaction that writes.
bool key_use_is_due(sqlite::Connection& connection, std::string_view id, Time at);
void record_key_use(sqlite::Connection& connection, std::string_view id, Time at);

}  // namespace convert::server::accounts
