// SPDX-License-Identifier: MIT
#include "security/rate_limiter.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "security/crypto.hpp"

namespace convert::server::security {
namespace {

using std::chrono::nanoseconds;
using Nanoseconds = std::int64_t;

constexpr std::chrono::milliseconds kMaxPeriod = std::chrono::hours(24 * 366);

/// The parameters of the generic cell rate algorithm.
struct GcraParameters {
  Nanoseconds step = 1;       // between two evenly spaced events
  Nanoseconds tolerance = 0;  // how early an event may arrive
};

GcraParameters gcra_parameters(const RateLimit& rate) {
  const auto in = nanoseconds(std::clamp(rate.interval, std::chrono::milliseconds(1), kMaxPeriod)).count();
  const Nanoseconds step = std::max<Nanoseconds>(in / rate.events, 1);
  const Nanoseconds burst = rate.burst != 0 ? rate.burst : rate.events;
  // The tolerance is at most a year, so that the product cannot overflow.
  return {step, step * std::min(burst - 1, nanoseconds(kMaxPeriod).count() / step)};
}

Nanoseconds nanoseconds_since_epoch(RateLimiter::TimePoint now) {
  return nanoseconds(now.time_since_epoch()).count();
}

}  // namespace

RateLimiter::RateLimiter() {
  static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<decltype(seed_)>);
  ensure_sodium();
  randombytes_buf(seed_.data(), seed_.size());
}

std::optional<RateLimiter::Wait> RateLimiter::take(std::string_view key, const RateLimit& rate,
                                                   TimePoint now) {
  if (rate.events == 0) return {};
  const GcraParameters parameters = gcra_parameters(rate);
  const Nanoseconds at = nanoseconds_since_epoch(now);
  const auto name = hash(key);
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  Slot& slot = find_slot(shard, name);
  const Nanoseconds next = std::max(slot.next, at);
  if (const Nanoseconds early = next - at - parameters.tolerance; early > 0) {
    return std::chrono::ceil<Wait>(nanoseconds(early));
  }
  slot.next = next + parameters.step;
  return {};
}

void RateLimiter::refund(std::string_view key, const RateLimit& rate, TimePoint now) {
  if (rate.events == 0) return;
  const auto name = hash(key);
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  Slot& slot = find_slot(shard, name);
  slot.next = std::max(slot.next - gcra_parameters(rate).step, nanoseconds_since_epoch(now));
}

std::uint64_t RateLimiter::hash(std::string_view key) const {
  std::array<unsigned char, crypto_shorthash_BYTES> bytes{};
  crypto_shorthash(bytes.data(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                   seed_.data());
  std::uint64_t number = 0;
  static_assert(sizeof number == crypto_shorthash_BYTES);
  std::memcpy(&number, bytes.data(), sizeof number);
  return std::max<std::uint64_t>(number, 1);  // 0 marks an empty slot
}

RateLimiter::Shard& RateLimiter::shard_of(std::uint64_t hash) { return shards_[hash % kShards]; }

RateLimiter::Slot& RateLimiter::find_slot(Shard& shard, std::uint64_t hash) {
  shard.slots.resize(kSlots);
  const std::size_t set = hash / kShards % (kSlots / kWays);
  const auto ways = std::span(shard.slots).subspan(set * kWays, kWays);
  const auto known =
      std::find_if(ways.begin(), ways.end(), [&](const Slot& slot) { return slot.key == hash; });
  if (known != ways.end()) return *known;
  auto& soonest = *std::min_element(ways.begin(), ways.end(),
                                    [](const Slot& one, const Slot& other) { return one.next < other.next; });
  soonest = {hash, 0};
  return soonest;
}

std::chrono::seconds retry_after_seconds(RateLimiter::Wait wait) noexcept {
  return std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
}

}  // namespace convert::server::security
