// SPDX-License-Identifier: MIT
#include "accounts/store_clock.hpp"

#include <time.h>

#include <chrono>
#include <utility>

#include "accounts/account_rules.hpp"
#include "base/try.hpp"

namespace convert::server::accounts {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kMaxDuration = std::chrono::seconds(1);

/// Goes on while the host sleeps, unlike the steady clock.
nanoseconds time_since_boot() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

std::int64_t offset_to(Time time, nanoseconds since_boot) noexcept {
  return (nanoseconds(time.time_since_epoch()) - since_boot).count();
}

}  // namespace

StoreClock::StoreClock(std::shared_ptr<AccountStore> store)
    : store_(std::move(store)), offset_(offset_to(store_now(), time_since_boot())) {}

Result<void> StoreClock::measure() {
  const nanoseconds before = time_since_boot();
  CONVERT_TRY_ASSIGN(const auto time, store_->now());
  const nanoseconds after = time_since_boot();
  if (after - before > kMaxDuration) return {};
  offset_.store(offset_to(time, before + (after - before) / 2), std::memory_order_relaxed);
  return {};
}

Time StoreClock::now() const noexcept {
  const nanoseconds time = time_since_boot() + nanoseconds(offset_.load(std::memory_order_relaxed));
  return Time(std::chrono::floor<std::chrono::milliseconds>(time));
}

}  // namespace convert::server::accounts
