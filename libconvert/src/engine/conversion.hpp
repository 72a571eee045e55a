// SPDX-License-Identifier: MIT
#pragma once

#include "engine/active_claims.hpp"
#include "engine/engine_context.hpp"
#include "engine/job_outputs.hpp"

namespace convert::engine {

/// Makes a job's outputs: copies those of equal work, or converts. Says nothing to the store.
Result<event::Completed> convert_job(EngineContext& context, RunningJob& running, JobOutputs& outputs);

}  // namespace convert::engine
