// SPDX-License-Identifier: MIT
#include "api/slots.hpp"

namespace convert::server::api {

Slot::~Slot() {
  if (slots_ != nullptr) slots_->give_back(holder_);
}

std::variant<Slot, Slots::Full> Slots::take(std::string holder) {
  const std::lock_guard lock(mutex_);
  if (taken_ >= most_) return Full::all;
  if (most_a_holder_ > 0) {
    unsigned& own = by_holder_[holder];
    if (own >= most_a_holder_) return Full::holder;
    ++own;
  }
  ++taken_;
  return std::variant<Slot, Full>(std::in_place_type<Slot>, *this, std::move(holder));
}

void Slots::give_back(const std::string& holder) {
  const std::lock_guard lock(mutex_);
  --taken_;
  if (most_a_holder_ == 0) return;
  const auto own = by_holder_.find(holder);
  if (--own->second == 0) by_holder_.erase(own);
}

unsigned Slots::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace convert::server::api
