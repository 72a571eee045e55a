// SPDX-License-Identifier: MIT
#include "accounts/request_rows.hpp"

#include <optional>

#include "accounts/rules.hpp"

namespace convert::server::accounts {
namespace {

using sqlite::Session;

constexpr std::string_view kFindRequest =
    "SELECT unique_key, done, since, created, status, answer FROM requests WHERE account = $1 AND key = $2";
constexpr std::string_view kStore =
    "INSERT OR REPLACE INTO requests (account, key, unique_key, done, since, created, status, answer) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kFinish =
    "UPDATE requests SET done = 1, status = $3, answer = $4 WHERE account = $1 AND key = $2";
constexpr std::string_view kForget =
    "UPDATE requests SET since = $3 WHERE account = $1 AND key = $2 AND done = 0";
constexpr std::string_view kSweep = "DELETE FROM requests WHERE created <= $1";

std::optional<RequestRow> find(Session& session, std::string_view account, std::string_view key) {
  auto rows = session.query(kFindRequest, account, key);
  if (!rows.next()) return {};
  return RequestRow{
      rows.text(0), rows.integer(1) != 0, rows.time(2), rows.time(3), static_cast<unsigned>(rows.integer(4)),
      rows.text(5)};
}

}  // namespace

KnownRequest begin_request(Session& session, std::string_view account, std::string_view key, Time now,
                           std::chrono::milliseconds valid, std::chrono::milliseconds patience) {
  const auto known = find(session, account, key);
  auto begin = begin_of(known ? &*known : nullptr, now, valid, patience);
  if (begin.told.state == KnownRequest::State::fresh) {
    const auto& row = begin.row;
    session.execute(kStore, account, key, row.unique_key, row.done, row.since, row.created, row.status,
                    row.answer);
  }
  return std::move(begin.told);
}

void finish_request(Session& session, std::string_view account, std::string_view key, unsigned status,
                    std::string_view answer) {
  session.execute(kFinish, account, key, status, answer);
}

void forget_request(Session& session, std::string_view account, std::string_view key) {
  session.execute(kForget, account, key, kForgotten);
}

void sweep_requests(Session& session, Time now, std::chrono::milliseconds valid) {
  session.execute(kSweep, now - valid);
}

}  // namespace convert::server::accounts
