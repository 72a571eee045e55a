// SPDX-License-Identifier: MIT
#include "engine/heartbeat.hpp"

#include <fmt/format.h>

#include <vector>

#include "io/fault_point.hpp"

namespace convert::engine {

Heartbeat::Heartbeat(Core& core)
    : core_(core), thread_(core.options.heartbeat, [this](const std::stop_token&) { beat(); }) {}

void Heartbeat::beat() {
  const auto running = core_.claims.all();
  if (running.empty()) return;
  std::vector<Beat> beats;
  beats.reserve(running.size());
  for (const auto& one : running) beats.push_back({one->job().claim(), one->progress()});

  CONVERT_FAULT_POINT("engine.before_heartbeat");
  const auto begun = std::chrono::steady_clock::now();
  const auto lost = core_.store().heartbeat(beats, core_.options.lease);
  CONVERT_FAULT_POINT("engine.heartbeat");
  if (!lost) {
    // Once, not every second until the store is back.
    if (!failing_) core_.log.warning(0, fmt::format("Leases can't be renewed: {}", lost.error().message));
    failing_ = true;
    return;
  }
  failing_ = false;
  for (const auto& one : running) one->renewed(begun);
  for (const Claim& claim : *lost) core_.claims.lost(claim);
}

}  // namespace convert::engine
