// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <convert/server/accounts.hpp>

#include "sqlite/sqlite_connection.hpp"

/// The table of API keys. Failures: as in account_rows.hpp.
namespace convert::server::accounts {

Result<void> add_key(sqlite::Connection& connection, const ApiKey& key);
std::optional<ApiKey> find_key(sqlite::Connection& connection, std::string_view id);
std::vector<ApiKey> list_keys(sqlite::Connection& connection, std::string_view account);
Result<void> remove_key(sqlite::Connection& connection, std::string_view account, std::string_view id);
/// Whether `record_key_use` would write: known without a transaction that writes.
bool key_use_is_due(sqlite::Connection& connection, std::string_view id, Time at);
void record_key_use(sqlite::Connection& connection, std::string_view id, Time at);

}  // namespace convert::server::accounts
