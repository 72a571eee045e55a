// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <convert/server/accounts.hpp>

/// Rules that every account store shares: ids, days, limits, errors and the state of an idempotent request.
namespace convert::server::accounts {

inline constexpr std::size_t kMaxKeysPerAccount = 100;
/// ApiKey::last_used is written at most once in this interval.
inline constexpr std::chrono::minutes kKeyUseInterval(1);

/// An id with 80 random bits: unique without coordination.
std::string new_record_id();

/// A new IdempotencyRecord::unique_key.
std::string new_unique_key();

/// The wall clock in milliseconds.
Time store_now();

/// The number of UTC days since 1970-01-01.
std::int64_t utc_day(Time time);

/// The first day whose task count is still needed. A lease may span midnight.
std::int64_t oldest_counted_day(Time now);

/// At most 2^50, so that the sum of thousands of reservations does not overflow.
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

/// Refuse texts that not every backend can store (see AccountStore). Errors: `invalid_argument`.
Result<void> check_texts(const Account& account);
Result<void> check_texts(const AccountChange& change);
Result<void> check_texts(const ApiKey& key);
Result<void> check_text(std::string_view what, std::string_view text);

/// The stored state of a request with an Idempotency-Key.
struct RequestRow {
  std::string unique_key;
  bool done = false;
  Time started{};  // when a caller last got `acquired`, or renewed it
  Time created{};  // when the key was first used; the key expires `lifetime` later
  unsigned status = 0;
  std::string answer;
};

/// The answer to a request with a key. If its state is `acquired`, the store writes `row`.
struct RequestDecision {
  IdempotencyRecord record;
  RequestRow row;
};
/// `known`: the stored row; null if the key is new.
RequestDecision decide_request(const RequestRow* known, Time now, std::chrono::milliseconds lifetime,
                               std::chrono::milliseconds stale_after);

/// `started` of an abandoned request: older than any `stale_after`, so the next caller gets `acquired`.
inline constexpr Time kAbandoned{};

/// Applies every field that is set. The caller checks that the e-mail address is unique.
void apply_change(const AccountChange& change, Account& account);

}  // namespace convert::server::accounts
