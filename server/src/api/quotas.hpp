// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>

#include "api/failure.hpp"

namespace convert::server::api {

/// What an account may have, every member of it said; 0: no limit.
struct Allowance {
  std::uint64_t storage_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t tasks_a_day = 0;
  std::uint32_t tasks_at_once = 0;
};

/// `own` where it says something, else `usual`.
Allowance allowance(const Quota& own, const Quota& usual);

/// Who asks for room, and what he may have.
struct Asker {
  std::string account;
  Allowance allowance;
};

/// What it is asked for.
struct Need {
  std::uint64_t bytes = 0;  ///< to be stored; 0: nothing is, only the task counts
  bool at_once = true;      ///< it will be one more that has not ended
  /// Bytes of an old result, which are dropped for a new one: that is only begun within the quota.
  std::optional<std::uint64_t> given_back{};
};

/// Keeps accounts within their quotas. What is stored is asked of the Engine, what is on its way of the
/// AccountStore: room is reserved first and what is stored read afterwards, so whatever became a job before
/// the reservation is among that, and whatever did not is among the reservations. Two that race for the last
/// room may both be refused; never are both let in. Thread-safe; its calls block.
class Quotas {
 public:
  static constexpr std::chrono::milliseconds kLease{120'000};

  Quotas(Engine& engine, AccountStore& accounts, std::function<Time()> now);

  /// The id of a reservation, which is the caller's to settle or release.
  std::variant<std::string, Failure> reserve(const Asker& asker, const Need& need);
  /// Makes a reservation larger by `least` bytes, or up to `most` where there is plenty of room; by how many.
  /// Errors: as `reserve`; the reservation stays, as it was or larger.
  std::variant<std::uint64_t, Failure> grow(const Asker& asker, const std::string& id, std::uint64_t least,
                                            std::uint64_t most);
  /// It became a job, which exists already.
  Result<void> settle(const Asker& asker, const std::string& id);
  /// It became nothing.
  Result<void> release(const std::string& id);

  /// Renews the leases of all that this process has reserved. Called well within `kLease`.
  Result<void> renew();
  /// What the account has: exact, so that who deletes something sees at once what that gave back.
  Result<Usage> usage(const std::string& account);

 private:
  struct Known {
    Usage usage;
    std::chrono::steady_clock::time_point at{};
  };
  std::optional<Usage> recent(const std::string& account);
  Result<std::uint64_t> step(const Asker& asker, std::uint64_t least, std::uint64_t most);
  std::optional<Failure> compare(const Asker& asker, const Reservation& reserved, const Need& need);

  Engine& engine_;
  AccountStore& accounts_;
  const std::function<Time()> now_;
  std::mutex mutex_;  // for what follows
  std::map<std::string, Known> known_;
  std::uint64_t settled_ = 0;                  // how often something was: what was read before is not kept
  std::map<std::string, std::string> living_;  // reservations of this process, and whose
};

}  // namespace convert::server::api
