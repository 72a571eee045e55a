// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string_view>

#include <convert/server/accounts.hpp>

#include "sqlite/session.hpp"

/// The tables of reservations and of what was begun on a day. Failures: as in account_rows.hpp.
namespace convert::server::accounts {

Result<Reservation> reserve(sqlite::Session& session, const Demand& demand, Time now,
                            std::chrono::milliseconds lease);
Result<Reservation> grow(sqlite::Session& session, std::string_view id, std::uint64_t bytes, Time now);
void renew(sqlite::Session& session, std::string_view id, Time now, std::chrono::milliseconds lease);
void settle(sqlite::Session& session, std::string_view id);
void release(sqlite::Session& session, std::string_view id);
Reservation reserved(sqlite::Session& session, std::string_view account, Time now);
void sweep_reservations(sqlite::Session& session, Time now);

}  // namespace convert::server::accounts
