// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "engine/engine_context.hpp"
#include "engine/periodic.hpp"

namespace convert::engine {

/// Looks between the heartbeats whether what runs here is still wanted: another process may have cancelled,
/// replaced or removed it. It only reads, and only about jobs that have run since its last look, so that
/// short ones cost nothing.
class CancellationPoller {
 public:
  explicit CancellationPoller(EngineContext& context);

 private:
  void poll();
  bool is_lost(const Claim& claim);

  EngineContext& context_;
  std::vector<Claim> previous_claims_;  // at the last look
  PeriodicThread thread_;               // last: it uses the others
};

}  // namespace convert::engine
