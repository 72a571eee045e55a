// SPDX-License-Identifier: MIT
#pragma once

#include "engine/active_claims.hpp"
#include "engine/engine_context.hpp"

namespace convert::engine {

/// Runs one claimed job, from its inputs to the last word about it in the store, in the calling thread. The
/// order of its steps makes a result appear once and whole; see docs/decisions/0011-engine.md.
void run_job(EngineContext& context, RunningJob& running);

}  // namespace convert::engine
