// SPDX-License-Identifier: MIT
#include "engine/orders.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {

Orders::Orders(Core& core)
    : core_(core), thread_(core.options.polling, [this](const std::stop_token&) { look(); }) {}

void Orders::look() {
  std::vector<Claim> running;
  for (const auto& one : core_.claims.all()) running.push_back(one->job().claim());
  for (const Claim& claim : running) {
    const bool long_enough = std::find(seen_.begin(), seen_.end(), claim) != seen_.end();
    if (long_enough && is_lost(claim)) core_.claims.lost(claim);
  }
  seen_ = std::move(running);
}

/// What can't be asked is left to the heartbeat.
bool Orders::is_lost(const Claim& claim) {
  const auto job = core_.store().find(claim.id);
  if (!job) return job.error().code == Errc::not_found;
  return job->state != JobState::running || job->token != claim.token;
}

}  // namespace convert::engine
