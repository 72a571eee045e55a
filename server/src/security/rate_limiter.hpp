// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include <convert/server/policy.hpp>

namespace convert::server::security {

/// Limits the rate of events per key with the generic cell rate algorithm (ITU-T I.371), which stores one
/// number per key: the earliest time of the next evenly spaced event. Holds at most 65,536 keys. A new key
/// replaces the one of eight candidates that would be idle first. Thread-safe; locks one of 64 shards for a
/// short time.
class RateLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Wait = std::chrono::milliseconds;

  RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Counts an event. Returns nothing if it is within the rate. Otherwise the event is not counted; returns
  /// how long to wait (at least 1 ms). Use one rate per key: different kinds of events need different keys.
  std::optional<Wait> take(std::string_view key, const RateLimit& rate, TimePoint now);

  /// Reverts a counted event, such as a login attempt that succeeded.
  void refund(std::string_view key, const RateLimit& rate, TimePoint now);

 private:
  using Nanoseconds = std::int64_t;  // since the epoch of the steady clock
  struct Slot {
    std::uint64_t key = 0;
    Nanoseconds next = 0;  // when the key is idle
  };
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSlots = 65'536 / kShards;
  struct Shard {
    std::mutex mutex;
    std::vector<Slot> slots;  // allocated with the first key
  };

  std::uint64_t hash(std::string_view key) const;
  Shard& shard_of(std::uint64_t hash);
  static Slot& find_slot(Shard& shard, std::uint64_t hash);

  std::array<unsigned char, 16> seed_{};  // random, so that a client cannot choose keys that share a slot
  std::array<Shard, kShards> shards_;
};

/// The value for Retry-After: whole seconds, rounded up, at least 1.
std::chrono::seconds retry_after_seconds(RateLimiter::Wait wait) noexcept;

}  // namespace convert::server::security
