// SPDX-License-Identifier: MIT
#include "support/fault_injection.hpp"

#include <utility>

namespace convert::test {

using std::chrono::milliseconds;

ChaosQueue::ChaosQueue(std::shared_ptr<Queue> inner, std::uint64_t seed, QueueDisturbances chaos)
    : inner_(std::move(inner)), faults_(seed), chaos_(chaos) {}

std::uint64_t ChaosQueue::disturbances() const {
  const std::lock_guard lock(mutex_);
  return tricks_;
}

Result<void> ChaosQueue::announce(JobId id, milliseconds delay) {
  return with_faults(faults_, QueueCall::announce, [&]() -> Result<void> {
    if (disturb(chaos_.lose)) return {};
    if (disturb(chaos_.delay)) {
      const auto longest = static_cast<std::uint64_t>(chaos_.longest_delay.count());
      delay += milliseconds(faults_.up_to(longest));
    }
    return inner_->announce(id, delay);
  });
}

Result<std::optional<JobId>> ChaosQueue::next(milliseconds wait) {
  return with_faults(faults_, QueueCall::next, [&]() -> Result<std::optional<JobId>> {
    if (auto id = take_waiting()) return id;
    auto first = inner_->next(wait);
    if (!first || !*first) return first;
    if (disturb(chaos_.twice)) keep_waiting(**first);
    if (!disturb(chaos_.reorder)) return first;
    auto second = inner_->next(milliseconds(0));
    if (!second || !*second) return first;
    keep_waiting(**first);
    return second;
  });
}

void ChaosQueue::wake() { inner_->wake(); }

bool ChaosQueue::disturb(double share) {
  if (!faults_.happens(share)) return false;
  const std::lock_guard lock(mutex_);
  ++tricks_;
  return true;
}

std::optional<JobId> ChaosQueue::take_waiting() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return {};
  const JobId id = waiting_.front();
  waiting_.pop_front();
  return id;
}

void ChaosQueue::keep_waiting(JobId id) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(id);
}

}  // namespace convert::test
