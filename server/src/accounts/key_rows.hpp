// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <convert/server/accounts.hpp>

#include "sqlite/session.hpp"

/// The table of API keys. Failures: as in account_rows.hpp.
namespace convert::server::accounts {

Result<void> add_key(sqlite::Session& session, const ApiKey& key);
std::optional<ApiKey> find_key(sqlite::Session& session, std::string_view id);
std::vector<ApiKey> list_keys(sqlite::Session& session, std::string_view account);
Result<void> remove_key(sqlite::Session& session, std::string_view account, std::string_view id);
/// Whether `note_use` would write: known without a transaction that writes.
bool use_is_due(sqlite::Session& session, std::string_view id, Time at);
void note_use(sqlite::Session& session, std::string_view id, Time at);

}  // namespace convert::server::accounts
