// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <convert/server/accounts.hpp>

#include "sqlite/sqlite_connection.hpp"

/// The tables of accounts and API keys. Each function runs in the transaction of `connection`. SQLite errors
/// are kept in the connection, which the caller checks. Without such an error, an empty result means that the
/// row does not exist.
namespace convert::server::accounts {

Result<Account> create_account(sqlite::Connection& connection, const Account& account);
std::optional<Account> find_account(sqlite::Connection& connection, std::string_view id);
std::optional<Account> find_login(sqlite::Connection& connection, std::string_view name_or_email);
std::vector<Account> list_accounts(sqlite::Connection& connection, std::string_view after, std::size_t max);
Result<Account> change_account(sqlite::Connection& connection, std::string_view id,
                               const AccountChange& change);
/// Removes the account with its API keys, reservations and requests.
void remove_account(sqlite::Connection& connection, std::string_view id);

Result<void> add_key(sqlite::Connection& connection, const ApiKey& key);
std::optional<ApiKey> find_key(sqlite::Connection& connection, std::string_view id);
std::vector<ApiKey> list_keys(sqlite::Connection& connection, std::string_view account);
Result<void> remove_key(sqlite::Connection& connection, std::string_view account, std::string_view id);
/// Whether `record_key_use` would write. Needs no write transaction.
bool key_use_is_due(sqlite::Connection& connection, std::string_view id, Time at);
void record_key_use(sqlite::Connection& connection, std::string_view id, Time at);

}  // namespace convert::server::accounts
