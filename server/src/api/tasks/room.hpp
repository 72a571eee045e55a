// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "api/tasks/quota.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// What the caller may have: by his account, or as everybody where the host knows accounts of its own.
Async<Result<Principal>> find_principal(Services& services, const Identity& caller);

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
  Async<std::optional<Problem>> reserve(TaskQuotaRequest request);
  /// Sees to it that there is room for so many bytes.
  Async<std::optional<Problem>> ensure_bytes(std::uint64_t bytes);
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
