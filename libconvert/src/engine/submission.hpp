// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <convert/engine.hpp>
#include <convert/format.hpp>
#include <convert/output_spec.hpp>
#include <convert/result.hpp>

#include "engine/engine_context.hpp"

namespace convert::engine {

/// An Upload into a new blob of `storage`, of at most `limit` bytes; with more than `max_hashed_bytes` it
/// gets no SHA-256.
Result<std::unique_ptr<Upload>> start_upload(Storage& storage, std::uint64_t limit,
                                             std::uint64_t max_hashed_bytes);

/// All of `input`, uploaded.
Result<JobInput> upload_all(Storage& storage, std::uint64_t limit, const Input& input);

/// Checks a spec as far as that can be done without the inputs, and calls its format by its own name. Without
/// formats (nobody who converts is known yet) only what holds for every format is checked. Errors:
/// `invalid_argument`, `unsupported`.
Result<OutputSpec> normalize_spec(OutputSpec spec, std::span<const Format> formats);

/// Records a job whose inputs are there, and announces it.
Result<Job> submit(EngineContext& context, JobRequest request);

/// Uploads the inputs first; removes them if the job was not recorded.
Result<Job> submit(EngineContext& context, JobRequest request, std::span<const Input> inputs);

/// Removes inputs that no job has. Errors: as Engine::discard.
Result<void> discard(EngineContext& context, std::span<const JobInput> inputs);

/// Another spec for a job.
Result<Job> replace(EngineContext& context, JobId id, const OutputSpec& spec);

}  // namespace convert::engine
