// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include <convert/server/accounts.hpp>

namespace convert::server::accounts {

/// The clock of an account store, without a call of the store for each time: hosts that share a store agree
/// on it, whatever their own clocks say. Between two measurements it follows the time since the host was
/// started (CLOCK_BOOTTIME). Thread-safe.
class StoreClock {
 public:
  /// Starts with the clock of this host, until `measure` succeeds.
  explicit StoreClock(std::shared_ptr<AccountStore> store);

  /// Reads the store's clock. May block. To be called now and then, since clocks drift. A measurement that
  /// takes more than a second is dropped. Errors: those of AccountStore::now.
  Result<void> measure();

  /// In milliseconds. Never blocks.
  Time now() const noexcept;

 private:
  const std::shared_ptr<AccountStore> store_;
  std::atomic<std::int64_t> offset_;  // nanoseconds: the store's time less CLOCK_BOOTTIME
};

}  // namespace convert::server::accounts
