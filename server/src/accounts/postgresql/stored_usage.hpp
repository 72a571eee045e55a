// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/server/accounts.hpp>

#include "postgresql/postgresql_connection.hpp"

/// Reservations, daily task counts, requests with an Idempotency-Key and counted events in PostgreSQL.
/// Errors of PostgreSQL, transactions and round trips: as in stored_accounts.hpp.
namespace convert::server::accounts {

/// In a transaction. `id` is that of the new reservation. Not to be run again after an unknown outcome.
/// Errors: `limit_exceeded`.
Result<Reservation> reserve(postgresql::Connection& connection, std::string_view id,
                            const QuotaRequest& request, Time now, std::chrono::milliseconds lease);
/// In a transaction. Not to be run again after an unknown outcome. Errors: `not_found`.
Result<Reservation> grow(postgresql::Connection& connection, std::string_view id, std::uint64_t bytes,
                         Time now);
void renew(postgresql::Connection& connection, std::span<const std::string> ids, Time now,
           std::chrono::milliseconds lease);
void settle(postgresql::Connection& connection, std::string_view id);
void release(postgresql::Connection& connection, std::string_view id);
Reservation reserved_usage(postgresql::Connection& connection, std::string_view account, Time now);

/// `unique_key` is that of the request if its key is new. Empty: the row was removed at this moment, run it
/// again.
std::optional<IdempotencyRecord> begin_request(postgresql::Connection& connection, std::string_view account,
                                               std::string_view key, std::string_view unique_key, Time now,
                                               std::chrono::milliseconds lifetime,
                                               std::chrono::milliseconds stale_after);
void renew_requests(postgresql::Connection& connection, std::span<const IdempotentRequestName> requests,
                    Time now);
void complete_request(postgresql::Connection& connection, std::string_view account, std::string_view key,
                      unsigned status, std::string_view answer);
void abandon_request(postgresql::Connection& connection, std::string_view account, std::string_view key);

std::optional<std::chrono::milliseconds> count_event(postgresql::Connection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now);
std::optional<std::chrono::milliseconds> check_event(postgresql::Connection& connection, std::string_view key,
                                                     const RateLimit& limit, Time now);
void uncount_event(postgresql::Connection& connection, std::string_view key, const RateLimit& limit,
                   Time now);

/// In a transaction. Whether there is more to sweep, in another one. Does nothing while another host sweeps.
bool sweep(postgresql::Connection& connection, Time now, std::chrono::milliseconds lifetime);

/// The clock of the database server, unless the connection has failed.
Time server_time(postgresql::Connection& connection);

}  // namespace convert::server::accounts
