// SPDX-License-Identifier: MIT
#include "engine/orders.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {

CancellationPoller::CancellationPoller(EngineContext& context)
    : context_(context), thread_(context.options.poll_interval, [this](const std::stop_token&) { poll(); }) {}

void CancellationPoller::poll() {
  std::vector<Claim> running;
  for (const auto& one : context_.claims.all()) running.push_back(one->job().claim());
  for (const Claim& claim : running) {
    const bool ran_before =
        std::find(previous_claims_.begin(), previous_claims_.end(), claim) != previous_claims_.end();
    if (ran_before && is_lost(claim)) context_.claims.mark_lost(claim);
  }
  previous_claims_ = std::move(running);
}

/// What can't be asked is left to the heartbeat.
bool CancellationPoller::is_lost(const Claim& claim) {
  const auto job = context_.store().find(claim.id);
  if (!job) return job.error().code == Errc::not_found;
  return job->state != JobState::running || job->token != claim.token;
}

}  // namespace convert::engine
