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

/// Counts who comes how often, by the generic cell rate algorithm (ITU-T I.371): one number for each key says
/// when its next event would come if they came evenly. Memory is bounded: 65,536 keys; a new one takes the
/// place of one that is at rest, or else of the one of eight that would be at rest soonest. Thread-safe;
/// never blocks for long.
class RateLimiter {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Wait = std::chrono::milliseconds;

  RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  /// Counts an event of that key. Nothing: it is within the rate. Otherwise it is not counted, and would be
  /// within the rate after so long (at least 1 ms). One key has to come with the same rate always; two kinds
  /// of events have keys of two kinds.
  std::optional<Wait> take(std::string_view key, const RateLimit& rate, TimePoint now);

  /// Takes back what `take` has counted: an attempt that turned out to be a good one.
  void refund(std::string_view key, const RateLimit& rate, TimePoint now);

 private:
  using Nanoseconds = std::int64_t;  // ns of the steady clock
  struct Slot {
    std::uint64_t key = 0;
    Nanoseconds next = 0;  // when it is at rest
  };
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kWays = 8;
  static constexpr std::size_t kSlots = 65'536 / kShards;
  struct Shard {
    std::mutex mutex;
    std::vector<Slot> slots;  // made when the first key comes
  };

  std::uint64_t hash(std::string_view key) const;
  Shard& shard_of(std::uint64_t hash);
  static Slot& find_slot(Shard& shard, std::uint64_t hash);

  std::array<unsigned char, 16> seed_{};  // so that nobody can choose who shares a place
  std::array<Shard, kShards> shards_;
};

/// A wait for Retry-After: whole seconds, rounded up, at least 1.
std::chrono::seconds retry_after_seconds(RateLimiter::Wait wait) noexcept;

}  // namespace convert::server::security
