// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string_view>

#include <convert/server/accounts.hpp>

#include "sqlite/session.hpp"

/// The table of requests under an Idempotency-Key. Failures: as in account_rows.hpp.
namespace convert::server::accounts {

KnownRequest begin_request(sqlite::Session& session, std::string_view account, std::string_view key, Time now,
                           std::chrono::milliseconds valid, std::chrono::milliseconds patience);
void finish_request(sqlite::Session& session, std::string_view account, std::string_view key, unsigned status,
                    std::string_view answer);
void forget_request(sqlite::Session& session, std::string_view account, std::string_view key);
void sweep_requests(sqlite::Session& session, Time now, std::chrono::milliseconds valid);

}  // namespace convert::server::accounts
