// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string_view>

#include <convert/server/accounts.hpp>

#include "sqlite/sqlite_connection.hpp"

/// The table of requests under an Idempotency-Key. Failures: as in account_rows.hpp.
namespace convert::server::accounts {

IdempotencyRecord begin_request(sqlite::Connection& connection, std::string_view account,
                                std::string_view key, Time now, std::chrono::milliseconds lifetime,
                                std::chrono::milliseconds stale_after);
void complete_request(sqlite::Connection& connection, std::string_view account, std::string_view key,
                      unsigned status, std::string_view answer);
void abandon_request(sqlite::Connection& connection, std::string_view account, std::string_view key);
void sweep_requests(sqlite::Connection& connection, Time now, std::chrono::milliseconds lifetime);

}  // namespace convert::server::accounts
