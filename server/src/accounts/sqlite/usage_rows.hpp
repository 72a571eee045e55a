// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include <convert/server/accounts.hpp>

#include "sqlite/sqlite_connection.hpp"

/// The tables of reservations, daily task counts, requests with an Idempotency-Key and counted events. SQLite
/// errors: as in account_rows.hpp.
namespace convert::server::accounts {

Result<Reservation> reserve(sqlite::Connection& connection, const QuotaRequest& request, Time now,
                            std::chrono::milliseconds lease);
Result<Reservation> grow(sqlite::Connection& connection, std::string_view id, std::uint64_t bytes, Time now);
void renew(sqlite::Connection& connection, std::string_view id, Time now, std::chrono::milliseconds lease);
void settle(sqlite::Connection& connection, std::string_view id);
void release(sqlite::Connection& connection, std::string_view id);
Reservation reserved_usage(sqlite::Connection& connection, std::string_view account, Time now);
void sweep_reservations(sqlite::Connection& connection, Time now);

IdempotencyRecord begin_request(sqlite::Connection& connection, std::string_view account,
                                std::string_view key, Time now, std::chrono::milliseconds lifetime,
                                std::chrono::milliseconds stale_after);
void renew_request(sqlite::Connection& connection, std::string_view account, std::string_view key, Time now);
void complete_request(sqlite::Connection& connection, std::string_view account, std::string_view key,
                      unsigned status, std::string_view answer);
void abandon_request(sqlite::Connection& connection, std::string_view account, std::string_view key);
void sweep_requests(sqlite::Connection& connection, Time now, std::chrono::milliseconds lifetime);

std::optional<std::chrono::milliseconds> count_event(sqlite::Connection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now);
std::optional<std::chrono::milliseconds> check_event(sqlite::Connection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now);
void uncount_event(sqlite::Connection& connection, std::string_view key, const RateLimit& limit, Time now);
void sweep_events(sqlite::Connection& connection, Time now);

}  // namespace convert::server::accounts
