// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <convert/server/accounts.hpp>

#include "accounts/account_rules.hpp"

/// What the memory store promises: room and answers. For one thread at a time.
namespace convert::server::accounts {

class ReservationTable {
 public:
  Result<Reservation> reserve(const QuotaRequest& request, Time now, std::chrono::milliseconds lease);
  Result<Reservation> grow(std::string_view id, std::uint64_t bytes, Time now);
  void renew(std::span<const std::string> ids, Time now, std::chrono::milliseconds lease);
  void settle(std::string_view id);
  void release(std::string_view id);
  Reservation usage(std::string_view account, Time now) const;
  void sweep(Time now);
  void remove(std::string_view account);

 private:
  struct Row {
    std::string account;
    std::uint64_t bytes = 0;
    std::uint32_t tasks = 0;
    std::int64_t day = 0;
    Time expires{};
  };
  using Rows = std::map<std::string, Row, std::less<>>;
  using Day = std::pair<std::string, std::int64_t>;

  Reservation totals_of(std::string_view id, std::string_view account, std::int64_t day, Time now) const;
  Rows::iterator release(Rows::iterator row);

  Rows rows_;
  std::map<Day, std::int64_t> days_;  // tasks that were begun
};

class RequestTable {
 public:
  IdempotencyRecord begin(std::string_view account, std::string_view key, Time now,
                          std::chrono::milliseconds lifetime, std::chrono::milliseconds stale_after);
  void complete(std::string_view account, std::string_view key, unsigned status, std::string_view answer);
  void abandon(std::string_view account, std::string_view key);
  void sweep(Time now, std::chrono::milliseconds lifetime);
  void remove(std::string_view account);

 private:
  using Name = std::pair<std::string, std::string>;
  RequestRow* find(std::string_view account, std::string_view key);
  std::map<Name, RequestRow> rows_;
};

}  // namespace convert::server::accounts
