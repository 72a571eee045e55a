// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <convert/server/accounts.hpp>

/// What all account stores do alike.
namespace convert::server::accounts {

inline constexpr std::size_t kMaxKeysPerAccount = 100;  // of one account
inline constexpr std::chrono::minutes kKeyUseInterval(1);

/// 80 random bits, so that none comes twice.
std::string new_record_id();

Time store_now();

/// Since 1970, in UTC.
std::int64_t utc_day(Time time);

/// The first day whose count is still needed: leases go over midnight.
std::int64_t oldest_counted_day(Time now);

/// Small enough that a sum of thousands is a number, too.
std::uint64_t clamp_bytes(std::uint64_t bytes);

bool exceeds_daily_limit(const QuotaRequest& request, std::int64_t tasks_today);

Error no_such_account();
Error no_such_key();
Error no_such_reservation();
Error name_taken();
Error email_taken();
Error key_taken();
Error too_many_keys();
Error daily_limit_reached(std::uint32_t limit);

/// What is stored of a request under an Idempotency-Key.
struct RequestRow {
  std::string unique_key;
  bool done = false;
  Time started{};  // when somebody got `fresh`
  Time created{};  // when the key's life began
  unsigned status = 0;
  std::string answer;
};

/// What whoever comes with the key is told. If it is `fresh`, `row` is to be stored.
struct RequestDecision {
  IdempotencyRecord record;
  RequestRow row;
};
/// `known`: null if there is none.
RequestDecision decide_request(const RequestRow* known, Time now, std::chrono::milliseconds lifetime,
                               std::chrono::milliseconds stale_after);

/// So long ago that nobody's patience reaches it: of requests that came to nothing.
inline constexpr Time kAbandoned{};

/// All but id, epoch and what must be looked up.
void apply_change(const AccountChange& change, Account& account);

}  // namespace convert::server::accounts
