// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <convert/format.hpp>
#include <convert/job.hpp>

#include "engine/active_claims.hpp"
#include "engine/engine_context.hpp"
#include "engine/job_outputs.hpp"

namespace convert::engine {

/// What is equal for work that gives equal results: owner, build, spec, and the contents of the inputs.
/// A name counts where it goes into the results: into archives, and wherever there are several inputs.
/// Elsewhere only its extension does (which warnings speak of), and `renamed` cares for the rest. Empty if an
/// input's content is not known.
std::string fingerprint(const std::string& owner, std::span<const JobInput> inputs, const OutputSpec& spec,
                        std::span<const Format> formats);

/// What equal work made of an input called `from`, as it would have been called had the input been called
/// `to`.
void rename_results(std::vector<JobOutput>& outputs, std::vector<Warning>& warnings, const std::string& from,
                    const std::string& to, std::span<const Format> formats);

/// What equal work made, as this job's own; nothing if it can't be had.
std::optional<event::Completed> reuse_duplicate(EngineContext& context, const RunningJob& running,
                                                JobOutputs& outputs);

}  // namespace convert::engine
