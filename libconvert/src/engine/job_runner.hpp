// SPDX-License-Identifier: MIT
#pragma once

#include "engine/active_claims.hpp"
#include "engine/engine_context.hpp"

namespace convert::engine {

/// Runs a claimed job in the calling thread, from its inputs to its last event in the store. The order of the
/// steps publishes a result once and as a whole; see docs/decisions/0011-engine.md.
void run_job(EngineContext& context, RunningJob& running);

}  // namespace convert::engine
