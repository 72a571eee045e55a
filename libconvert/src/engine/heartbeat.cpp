// SPDX-License-Identifier: MIT
#include "engine/heartbeat.hpp"

#include <fmt/format.h>

#include <vector>

#include "base/fault_point.hpp"

namespace convert::engine {

Heartbeat::Heartbeat(EngineContext& context)
    : context_(context),
      thread_(context.options.heartbeat_interval, [this](const std::stop_token&) { renew_leases(); }) {}

void Heartbeat::renew_leases() {
  const auto running = context_.claims.all();
  if (running.empty()) return;
  std::vector<ClaimHeartbeat> heartbeats;
  heartbeats.reserve(running.size());
  for (const auto& one : running) heartbeats.push_back({one->job().claim(), one->progress()});

  CONVERT_FAULT_POINT("engine.before_heartbeat");
  const auto started = std::chrono::steady_clock::now();
  const auto lost = context_.store().heartbeat(heartbeats, context_.options.lease_duration);
  CONVERT_FAULT_POINT("engine.heartbeat");
  if (!lost) {
    // Once, not every second until the store is back.
    if (!failing_) context_.log.warning(0, fmt::format("Leases can't be renewed: {}", lost.error().message));
    failing_ = true;
    return;
  }
  failing_ = false;
  for (const auto& one : running) one->renewed_at(started);
  for (const Claim& claim : *lost) context_.claims.mark_lost(claim);
}

}  // namespace convert::engine
