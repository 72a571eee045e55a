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

/// The quota of an account with defaults applied; 0: no limit.
struct EffectiveQuota {
  std::uint64_t storage_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t tasks_per_day = 0;
  std::uint32_t active_tasks = 0;
};

/// `own` where it is set, otherwise `usual`.
EffectiveQuota effective_quota(const Quota& own, const Quota& usual);

/// The account that a request acts for, and its quota.
struct Principal {
  std::string account;
  EffectiveQuota effective_quota;
};

/// What a task needs from the quota.
struct TaskQuotaRequest {
  std::uint64_t bytes = 0;  ///< to be stored; 0: only the task counts
  bool is_new_task = true;  ///< counts as one more active task
  /// Bytes of an old result that the new one replaces. Set: the storage limit is checked even if `bytes` is
  /// 0.
  std::optional<std::uint64_t> freed_bytes{};
};

/// Enforces quotas. The Engine knows what is stored, the AccountStore what is reserved. A reservation is made
/// first and the stored usage is read afterwards, so each upload is counted at least once. Two requests that
/// compete for the last bytes may both be refused, but never both be accepted. Thread-safe; calls block.
class Quotas {
 public:
  static constexpr std::chrono::milliseconds kLease{120'000};

  Quotas(Engine& engine, AccountStore& accounts, std::function<Time()> now);

  /// Returns the id of a reservation; the caller has to settle or release it. Problem: 413, 429.
  Outcome<std::string> reserve(const Principal& principal, const TaskQuotaRequest& request);
  /// Grows a reservation by at least `min_bytes`, and by up to `max_bytes` far from the limit. Returns the
  /// number of bytes. Problem: as `reserve`; the reservation keeps its size or is larger.
  Outcome<std::uint64_t> grow(const Principal& principal, const std::string& id, std::uint64_t min_bytes,
                              std::uint64_t max_bytes);
  /// Ends a reservation whose job exists.
  Result<void> settle(const Principal& principal, const std::string& id);
  /// Ends a reservation without a job.
  Result<void> release(const std::string& id);

  /// Renews the leases of this process's reservations. To be called well within `kLease`.
  Result<void> renew();
  /// The stored usage of an account, read without the cache.
  Result<Usage> usage(const std::string& account);

 private:
  struct CachedUsage {
    Usage usage;
    std::int64_t settled_today = 0;  // when it was read
    std::chrono::steady_clock::time_point at{};
  };
  std::optional<Usage> recent_usage(const std::string& account, const Reservation& reserved);
  Result<Usage> read_usage(const std::string& account, const Reservation& reserved);
  Outcome<std::uint64_t> growth_step(const Principal& principal, std::uint64_t min_bytes,
                                     std::uint64_t max_bytes);
  Outcome<void> check_limits(const Principal& principal, const Reservation& reserved,
                             const TaskQuotaRequest& request);

  Engine& engine_;
  AccountStore& accounts_;
  const std::function<Time()> now_;
  std::mutex mutex_;  // guards the members below
  std::map<std::string, CachedUsage> usage_cache_;
  std::uint64_t settle_count_ = 0;  // usage that was read before the last settle is not cached
  std::map<std::string, std::string> active_reservations_;  // id to account, of this process
};

/// The caller with its quota: from its account, or the default if the host authenticates users itself.
Async<Outcome<Principal>> find_principal(Services& services, const Identity& caller);

/// A reservation of quota for a task. The destructor releases it unless it was settled or detached. Used by
/// one coroutine.
class QuotaReservation {
 public:
  QuotaReservation(Services& services, Principal principal)
      : services_(services), principal_(std::move(principal)) {}
  QuotaReservation(const QuotaReservation&) = delete;
  QuotaReservation& operator=(const QuotaReservation&) = delete;
  ~QuotaReservation();

  const EffectiveQuota& effective_quota() const noexcept { return principal_.effective_quota; }

  /// To be called once, first. Problem: as Quotas::reserve.
  Async<Outcome<void>> reserve(TaskQuotaRequest request);
  /// Grows the reservation to at least `bytes`.
  Async<Outcome<void>> ensure_bytes(std::uint64_t bytes);
  /// Ends the reservation after its job was submitted.
  Async<void> settle();
  /// Gives up ownership: the caller settles the returned id by Quotas.
  std::string detach_id() { return std::exchange(id_, {}); }
  const Principal& principal() const noexcept { return principal_; }

 private:
  Services& services_;
  Principal principal_;
  std::string id_;  // empty: nothing to release
  std::uint64_t bytes_ = 0;
};

}  // namespace convert::server::api
