// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "api/support/problems.hpp"

namespace convert::server::api {

class Slots;

/// One of the activities that may run at the same time. Its destructor frees the slot.
class Slot {
 public:
  Slot(Slots& slots, std::string holder) : slots_(&slots), holder_(std::move(holder)) {}
  Slot(Slot&& other) noexcept
      : slots_(std::exchange(other.slots_, nullptr)), holder_(std::move(other.holder_)) {}
  Slot& operator=(Slot&&) = delete;
  ~Slot();

 private:
  Slots* slots_;
  std::string holder_;
};

/// Limits how many activities of one kind run at the same time: in total and for each holder (an account).
/// Thread-safe; outlives its Slots.
class Slots {
 public:
  /// `when_full` answers a request that finds all `max` slots taken.
  Slots(unsigned max, Problem when_full) : max_(max), when_full_(std::move(when_full)) {}
  /// `when_holder_full` answers a request of a holder that has `max_per_holder` slots; 0: no such limit.
  Slots(unsigned max, Problem when_full, unsigned max_per_holder, Problem when_holder_full)
      : max_(max),
        max_per_holder_(max_per_holder),
        when_full_(std::move(when_full)),
        when_holder_full_(std::move(when_holder_full)) {}

  /// A free slot. `holder` matters only if there is a limit for each holder.
  Outcome<Slot> take(std::string holder = {});

 private:
  friend class Slot;
  void release(const std::string& holder);

  const unsigned max_;
  const unsigned max_per_holder_ = 0;
  const Problem when_full_;
  const Problem when_holder_full_{};
  std::mutex mutex_;
  unsigned in_use_ = 0;
  std::map<std::string, unsigned> by_holder_;
};

}  // namespace convert::server::api
