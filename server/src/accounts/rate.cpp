// SPDX-License-Identifier: MIT
#include "accounts/rate.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "accounts/sodium.hpp"

namespace convert::server::accounts {
namespace {

using std::chrono::nanoseconds;
using Ticks = std::int64_t;

constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24 * 366);

/// The two numbers of the algorithm, in ns.
struct Pace {
  Ticks step = 1;   // between two events that come evenly
  Ticks ahead = 0;  // how far an event may come before its time
};

Pace pace_of(const Rate& rate) {
  const auto in = nanoseconds(std::clamp(rate.in, std::chrono::milliseconds(1), kLongest)).count();
  const Ticks step = std::max<Ticks>(in / rate.events, 1);
  const Ticks burst = rate.burst != 0 ? rate.burst : rate.events;
  // No more ahead than a year of events, which keeps the product far from its limit.
  return {step, step * std::min(burst - 1, nanoseconds(kLongest).count() / step)};
}

Ticks ticks_of(RateLimiter::Tick now) { return nanoseconds(now.time_since_epoch()).count(); }

}  // namespace

RateLimiter::RateLimiter() {
  static_assert(crypto_shorthash_KEYBYTES == std::tuple_size_v<decltype(seed_)>);
  need_sodium();
  randombytes_buf(seed_.data(), seed_.size());
}

std::optional<RateLimiter::Wait> RateLimiter::take(std::string_view key, const Rate& rate, Tick now) {
  if (rate.events == 0) return {};
  const Pace pace = pace_of(rate);
  const Ticks at = ticks_of(now);
  const auto name = hash(key);
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  Slot& slot = place_for(shard, name);
  const Ticks next = std::max(slot.next, at);
  if (const Ticks early = next - at - pace.ahead; early > 0) {
    return std::chrono::ceil<Wait>(nanoseconds(early));
  }
  slot.next = next + pace.step;
  return {};
}

void RateLimiter::give_back(std::string_view key, const Rate& rate, Tick now) {
  if (rate.events == 0) return;
  const auto name = hash(key);
  Shard& shard = shard_of(name);
  const std::scoped_lock lock(shard.mutex);
  Slot& slot = place_for(shard, name);
  slot.next = std::max(slot.next - pace_of(rate).step, ticks_of(now));
}

std::uint64_t RateLimiter::hash(std::string_view key) const {
  std::array<unsigned char, crypto_shorthash_BYTES> bytes{};
  crypto_shorthash(bytes.data(), reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                   seed_.data());
  std::uint64_t number = 0;
  static_assert(sizeof number == crypto_shorthash_BYTES);
  std::memcpy(&number, bytes.data(), sizeof number);
  return std::max<std::uint64_t>(number, 1);  // 0 is an empty slot's
}

RateLimiter::Shard& RateLimiter::shard_of(std::uint64_t hash) { return shards_[hash % kShards]; }

RateLimiter::Slot& RateLimiter::place_for(Shard& shard, std::uint64_t hash) {
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

std::chrono::seconds whole_seconds(RateLimiter::Wait wait) noexcept {
  return std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1));
}

}  // namespace convert::server::accounts
