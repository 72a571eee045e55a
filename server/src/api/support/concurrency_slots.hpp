// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <variant>

namespace convert::server::api {

class Slots;

/// A place among those that may be at work at once; given back when it is destroyed.
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

/// How many of something may be at work at once: in all, and for each holder. Thread-safe; outlives its
/// Slots.
class Slots {
 public:
  enum class Full { all, holder };

  explicit Slots(unsigned max, unsigned max_per_holder = 0) : max_(max), max_per_holder_(max_per_holder) {}

  /// A place, or which of the two numbers is reached. `holder` only counts where each has a number.
  std::variant<Slot, Full> take(std::string holder = {});
  unsigned taken() const;

 private:
  friend class Slot;
  void release(const std::string& holder);

  const unsigned max_;
  const unsigned max_per_holder_;  // 0: no bound
  mutable std::mutex mutex_;
  unsigned in_use_ = 0;
  std::map<std::string, unsigned> by_holder_;
};

}  // namespace convert::server::api
