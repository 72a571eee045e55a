// SPDX-License-Identifier: MIT
#pragma once

#include "engine/engine_context.hpp"
#include "engine/periodic.hpp"

namespace convert::engine {

/// Renews the leases of all that runs here, in one call, and stops what the store says is no longer right.
/// Its thread does nothing else: no codec, no Storage and no callback can hold it up.
class Heartbeat {
 public:
  explicit Heartbeat(EngineContext& context);

 private:
  void renew_leases();

  EngineContext& context_;
  bool failing_ = false;
  PeriodicThread thread_;
};

}  // namespace convert::engine
