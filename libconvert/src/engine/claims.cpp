// SPDX-License-Identifier: MIT
#include "engine/claims.hpp"

namespace convert::engine {

void Running::stop(StopReason reason) {
  auto before = StopReason::none;
  if (!reason_.compare_exchange_strong(before, reason) && reason == StopReason::lost) reason_ = reason;
  stop_.request_stop();
}

std::shared_ptr<Running> Claims::add(Job job) {
  const Number key = number(job.claim());
  auto running = std::make_shared<Running>(std::move(job));
  const std::scoped_lock lock(mutex_);
  running_.insert_or_assign(key, running);
  return running;
}

void Claims::remove(const Claim& claim) {
  const std::scoped_lock lock(mutex_);
  running_.erase(number(claim));
}

std::vector<std::shared_ptr<Running>> Claims::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<Running>> all;
  all.reserve(running_.size());
  for (const auto& [key, running] : running_) all.push_back(running);
  return all;
}

std::optional<double> Claims::progress(const Claim& claim) const {
  const std::scoped_lock lock(mutex_);
  const auto found = running_.find(number(claim));
  if (found == running_.end()) return {};
  return found->second->progress();
}

// Stop callbacks run inside `stop`: never under the mutex.

void Claims::lost(const Claim& claim) {
  std::shared_ptr<Running> running;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = running_.find(number(claim));
    if (found == running_.end()) return;
    running = found->second;
  }
  running->stop(StopReason::lost);
}

void Claims::lost_up_to(const Claim& claim) {
  for (const auto& running : all()) {
    const Claim own = running->job().claim();
    if (own.id == claim.id && own.token <= claim.token) running->stop(StopReason::lost);
  }
}

void Claims::release_all() {
  for (const auto& running : all()) running->stop(StopReason::released);
}

}  // namespace convert::engine
