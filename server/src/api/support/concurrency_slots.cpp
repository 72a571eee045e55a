// SPDX-License-Identifier: MIT
#include "api/support/concurrency_slots.hpp"

namespace convert::server::api {

Slot::~Slot() {
  if (slots_ != nullptr) slots_->release(holder_);
}

std::variant<Slot, Slots::Full> Slots::take(std::string holder) {
  const std::lock_guard lock(mutex_);
  if (in_use_ >= max_) return Full::all;
  if (max_per_holder_ > 0) {
    unsigned& own = by_holder_[holder];
    if (own >= max_per_holder_) return Full::holder;
    ++own;
  }
  ++in_use_;
  return std::variant<Slot, Full>(std::in_place_type<Slot>, *this, std::move(holder));
}

void Slots::release(const std::string& holder) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  if (max_per_holder_ == 0) return;
  const auto own = by_holder_.find(holder);
  if (--own->second == 0) by_holder_.erase(own);
}

unsigned Slots::taken() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

}  // namespace convert::server::api
