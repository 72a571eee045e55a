// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "engine/engine_context.hpp"

namespace convert::engine {

/// Records a job whose inputs are there, and announces it.
Result<Job> submit(EngineContext& context, JobRequest request);

/// Uploads the inputs first; removes them if the job was not recorded.
Result<Job> submit(EngineContext& context, JobRequest request, std::span<const Input> inputs);

/// Removes inputs that no job has. Errors: as Engine::discard.
Result<void> discard(EngineContext& context, std::span<const JobInput> inputs);

/// Another spec for a job.
Result<Job> replace(EngineContext& context, JobId id, const OutputSpec& spec);

}  // namespace convert::engine
