// SPDX-License-Identifier: MIT
#include "accounts/sqlite/usage_rows.hpp"

#include <optional>

#include "accounts/account_rules.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Connection;

constexpr std::string_view kFindRequest =
    "SELECT unique_key, done, since, created, status, answer FROM requests WHERE account = $1 AND key = $2";
constexpr std::string_view kStore =
    "INSERT OR REPLACE INTO requests (account, key, unique_key, done, since, created, status, answer) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kFinish =
    "UPDATE requests SET done = 1, status = $3, answer = $4 WHERE account = $1 AND key = $2";
constexpr std::string_view kAbandon =
    "UPDATE requests SET since = $3 WHERE account = $1 AND key = $2 AND done = 0";
constexpr std::string_view kSweep = "DELETE FROM requests WHERE created <= $1";

std::optional<RequestRow> find_request(Connection& connection, std::string_view account,
                                       std::string_view key) {
  auto rows = connection.query(kFindRequest, account, key);
  if (!rows.next()) return {};
  return RequestRow{
      rows.text(0), rows.integer(1) != 0, rows.time(2), rows.time(3), static_cast<unsigned>(rows.integer(4)),
      rows.text(5)};
}

}  // namespace

IdempotencyRecord begin_request(Connection& connection, std::string_view account, std::string_view key,
                                Time now, std::chrono::milliseconds lifetime,
                                std::chrono::milliseconds stale_after) {
  const auto known = find_request(connection, account, key);
  auto decision = decide_request(known ? &*known : nullptr, now, lifetime, stale_after);
  if (decision.record.state == IdempotencyRecord::State::acquired) {
    const auto& row = decision.row;
    connection.execute(kStore, account, key, row.unique_key, row.done, row.started, row.created, row.status,
                       row.answer);
  }
  return std::move(decision.record);
}

void complete_request(Connection& connection, std::string_view account, std::string_view key, unsigned status,
                      std::string_view answer) {
  connection.execute(kFinish, account, key, status, answer);
}

void abandon_request(Connection& connection, std::string_view account, std::string_view key) {
  connection.execute(kAbandon, account, key, kAbandoned);
}

void sweep_requests(Connection& connection, Time now, std::chrono::milliseconds lifetime) {
  connection.execute(kSweep, now - lifetime);
}

}  // namespace convert::server::accounts
