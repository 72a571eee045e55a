// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "api/quotas.hpp"
#include "api/services.hpp"

namespace convert::server::api {

/// What the caller may have: by his account, or as everybody where the host knows accounts of its own.
Async<Result<Asker>> asker_of(Services& services, const Identity& caller);

/// Room that was reserved for a task; given back when it is destroyed, unless there is a task by then. Lives
/// within one coroutine.
class Room {
 public:
  Room(Services& services, Asker asker) : services_(services), asker_(std::move(asker)) {}
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room();

  const Allowance& allowance() const noexcept { return asker_.allowance; }

  /// Nothing: it is reserved. Called once, first.
  Async<std::optional<Failure>> reserve(Need need);
  /// Sees to it that there is room for so many bytes.
  Async<std::optional<Failure>> hold(std::uint64_t bytes);
  /// There is a task.
  Async<void> settle();
  /// Who runs it settles it, by Quotas: the id of the reservation.
  std::string hand_over() { return std::exchange(id_, {}); }
  const Asker& asker() const noexcept { return asker_; }

 private:
  Services& services_;
  Asker asker_;
  std::string id_;  // empty: nothing to give back
  std::uint64_t bytes_ = 0;
};

}  // namespace convert::server::api
