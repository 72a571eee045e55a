// SPDX-License-Identifier: MIT
#include "engine/active_claims.hpp"

namespace convert::engine {

void RunningJob::stop(StopReason reason) {
  auto before = StopReason::none;
  if (!reason_.compare_exchange_strong(before, reason) && reason == StopReason::lost) reason_ = reason;
  stop_.request_stop();
}

std::shared_ptr<RunningJob> ActiveClaims::add(Job job) {
  const ClaimKey key = key_of(job.claim());
  auto running = std::make_shared<RunningJob>(std::move(job));
  const std::scoped_lock lock(mutex_);
  running_.insert_or_assign(key, running);
  return running;
}

void ActiveClaims::remove(const Claim& claim) {
  const std::scoped_lock lock(mutex_);
  running_.erase(key_of(claim));
}

std::vector<std::shared_ptr<RunningJob>> ActiveClaims::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<RunningJob>> all;
  all.reserve(running_.size());
  for (const auto& [key, running] : running_) all.push_back(running);
  return all;
}

std::optional<double> ActiveClaims::progress(const Claim& claim) const {
  const std::scoped_lock lock(mutex_);
  const auto found = running_.find(key_of(claim));
  if (found == running_.end()) return {};
  return found->second->progress();
}

// `stop` runs stop callbacks: never call it with the mutex held.

void ActiveClaims::mark_lost(const Claim& claim) {
  std::shared_ptr<RunningJob> running;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = running_.find(key_of(claim));
    if (found == running_.end()) return;
    running = found->second;
  }
  running->stop(StopReason::lost);
}

void ActiveClaims::mark_lost_up_to(const Claim& claim) {
  for (const auto& running : all()) {
    const Claim own = running->job().claim();
    if (own.id == claim.id && own.token <= claim.token) running->stop(StopReason::lost);
  }
}

void ActiveClaims::release_all() {
  for (const auto& running : all()) running->stop(StopReason::released);
}

}  // namespace convert::engine
