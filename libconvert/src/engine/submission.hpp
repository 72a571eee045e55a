// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include "engine/core.hpp"

namespace convert::engine {

/// Records a job whose inputs are there, and announces it.
Result<Job> submit(Core& core, JobRequest request);

/// Uploads the inputs first; removes them if the job was not recorded.
Result<Job> submit(Core& core, JobRequest request, std::span<const Input> inputs);

/// Removes inputs that no job has. Errors: as Engine::discard.
Result<void> discard(Core& core, std::span<const JobInput> inputs);

/// Another spec for a job.
Result<Job> replace(Core& core, JobId id, const OutputSpec& spec);

}  // namespace convert::engine
