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

/// An Upload into a new blob of `storage`, of at most `limit` bytes. Above `max_hashed_bytes` it gets no
/// SHA-256.
Result<std::unique_ptr<Upload>> start_upload(Storage& storage, std::uint64_t limit,
                                             std::uint64_t max_hashed_bytes);

/// Checks a spec without its inputs and returns it with the canonical name of its format. Without formats
/// (there is no Execution yet), checks only what is common to all formats. Errors: `invalid_argument`,
/// `unsupported`.
Result<OutputSpec> normalize_spec(OutputSpec spec, std::span<const Format> formats);

/// Records a job for uploaded inputs and announces it.
Result<Job> submit(EngineContext& context, JobRequest request);

/// Uploads the inputs first; deletes them if the job is certainly not recorded.
Result<Job> submit(EngineContext& context, JobRequest request, std::span<const Input> inputs);

/// Deletes inputs that no job references. Errors: as Engine::discard.
Result<void> discard(EngineContext& context, std::span<const JobInput> inputs);

/// Replaces the spec of a job. Errors: as Engine::replace.
Result<Job> replace(EngineContext& context, JobId id, const OutputSpec& spec);

}  // namespace convert::engine
