// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <convert/server/accounts.hpp>

#include "postgresql/postgresql_connection.hpp"

/// Accounts and API keys in PostgreSQL. Errors of PostgreSQL are kept in the connection, which the caller
/// checks. Without one, an empty result means that the row does not exist. Those that say "in a transaction"
/// need one; the others are one round trip. Each can be run again.
namespace convert::server::accounts {

/// `account` has its id and a folded e-mail address. `created`: nullopt for the time of the database server.
/// Errors: `conflict`.
Result<Account> create_account(postgresql::Connection& connection, const Account& account,
                               const std::optional<Time>& created);
std::optional<Account> find_account(postgresql::Connection& connection, std::string_view id);
std::optional<Account> find_login(postgresql::Connection& connection, std::string_view name_or_email);
std::vector<Account> list_accounts(postgresql::Connection& connection, std::string_view after,
                                   std::size_t max);
/// Errors: `not_found`, `conflict`.
Result<Account> change_account(postgresql::Connection& connection, std::string_view id,
                               const AccountChange& change);
/// In a transaction. Removes the account with its API keys, reservations and requests.
void remove_account(postgresql::Connection& connection, std::string_view id);

/// In a transaction. Errors: as AccountStore::add_key.
Result<void> add_key(postgresql::Connection& connection, const ApiKey& key);
std::optional<ApiKey> find_key(postgresql::Connection& connection, std::string_view id);
std::vector<ApiKey> list_keys(postgresql::Connection& connection, std::string_view account);
/// Errors: `not_found`.
Result<void> remove_key(postgresql::Connection& connection, std::string_view account, std::string_view id);
void touch_key(postgresql::Connection& connection, std::string_view id, Time at);

/// Posts a statement that waits for other transactions of this account which call it. Until the transaction
/// ends, statements see what those have committed.
void lock_account(postgresql::Connection& connection, std::string_view account);

}  // namespace convert::server::accounts
