// SPDX-License-Identifier: MIT
#include "api/support/concurrency_slots.hpp"

namespace convert::server::api {

Slot::~Slot() {
  if (slots_ != nullptr) slots_->release(holder_);
}

Outcome<Slot> Slots::take(std::string holder) {
  const std::lock_guard lock(mutex_);
  if (in_use_ >= max_) return when_full_;
  if (max_per_holder_ > 0) {
    unsigned& own = by_holder_[holder];
    if (own >= max_per_holder_) return when_holder_full_;
    ++own;
  }
  ++in_use_;
  return Slot(*this, std::move(holder));
}

void Slots::release(const std::string& holder) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  if (max_per_holder_ == 0) return;
  const auto own = by_holder_.find(holder);
  if (--own->second == 0) by_holder_.erase(own);
}

}  // namespace convert::server::api
