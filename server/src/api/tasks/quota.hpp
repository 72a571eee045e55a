// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>
#include <convert/server/http.hpp>

#include "api/support/problems.hpp"

namespace convert::server::api {

struct Services;

/// What an account may have, every member of it said; 0: no limit.
struct EffectiveQuota {
  std::uint64_t storage_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t tasks_per_day = 0;
  std::uint32_t active_tasks = 0;
};

/// `own` where it says something, else `usual`.
EffectiveQuota effective_quota(const Quota& own, const Quota& usual);

/// Who asks for room, and what he may have.
struct Principal {
  std::string account;
  EffectiveQuota effective_quota;
};

/// What it is asked for.
struct TaskQuotaRequest {
  std::uint64_t bytes = 0;  ///< to be stored; 0: nothing is, only the task counts
  bool is_new_task = true;  ///< it will be one more that has not ended
  /// Bytes of an old result, which are dropped for a new one: that is only begun within the quota.
  std::optional<std::uint64_t> freed_bytes{};
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
  Outcome<std::string> reserve(const Principal& principal, const TaskQuotaRequest& request);
  /// Makes a reservation larger by `min_bytes` bytes, or up to `most` where there is plenty of room; by how
  /// many. Errors: as `reserve`; the reservation stays, as it was or larger.
  Outcome<std::uint64_t> grow(const Principal& principal, const std::string& id, std::uint64_t min_bytes,
                              std::uint64_t most);
  /// It became a job, which exists already.
  Result<void> settle(const Principal& principal, const std::string& id);
  /// It became nothing.
  Result<void> release(const std::string& id);

  /// Renews the leases of all that this process has reserved. Called well within `kLease`.
  Result<void> renew();
  /// What the account has: exact, so that who deletes something sees at once what that gave back.
  Result<Usage> usage(const std::string& account);

 private:
  struct CachedUsage {
    Usage usage;
    std::chrono::steady_clock::time_point at{};
  };
  std::optional<Usage> recent_usage(const std::string& account);
  Outcome<std::uint64_t> growth_step(const Principal& principal, std::uint64_t min_bytes, std::uint64_t most);
  Outcome<void> check_limits(const Principal& principal, const Reservation& reserved,
                             const TaskQuotaRequest& request);

  Engine& engine_;
  AccountStore& accounts_;
  const std::function<Time()> now_;
  std::mutex mutex_;  // for what follows
  std::map<std::string, CachedUsage> usage_cache_;
  std::uint64_t settle_count_ = 0;  // how often something was: what was read before is not kept
  std::map<std::string, std::string> active_reservations_;  // reservations of this process, and whose
};

/// What the caller may have: by his account, or as everybody where the host knows accounts of its own.
Async<Outcome<Principal>> find_principal(Services& services, const Identity& caller);

/// Room that was reserved for a task; given back when it is destroyed, unless there is a task by then. Lives
/// within one coroutine.
class QuotaReservation {
 public:
  QuotaReservation(Services& services, Principal principal)
      : services_(services), principal_(std::move(principal)) {}
  QuotaReservation(const QuotaReservation&) = delete;
  QuotaReservation& operator=(const QuotaReservation&) = delete;
  ~QuotaReservation();

  const EffectiveQuota& effective_quota() const noexcept { return principal_.effective_quota; }

  /// Nothing: it is reserved. Called once, first.
  Async<Outcome<void>> reserve(TaskQuotaRequest request);
  /// Sees to it that there is room for so many bytes.
  Async<Outcome<void>> ensure_bytes(std::uint64_t bytes);
  /// There is a task.
  Async<void> settle();
  /// Who runs it settles it, by Quotas: the id of the reservation.
  std::string detach_id() { return std::exchange(id_, {}); }
  const Principal& principal() const noexcept { return principal_; }

 private:
  Services& services_;
  Principal principal_;
  std::string id_;  // empty: nothing to give back
  std::uint64_t bytes_ = 0;
};

}  // namespace convert::server::api
