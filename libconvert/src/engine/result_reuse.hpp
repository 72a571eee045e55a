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

/// A hash that is equal for work with equal results: of the owner, the build, the spec and the content of the
/// inputs. Names count where they become part of the results: in archives, and with several inputs. Elsewhere
/// only the extension counts (warnings mention it), and `rename_results` adapts the rest. Empty if an input
/// has no SHA-256.
std::string fingerprint(const std::string& owner, std::span<const JobInput> inputs, const OutputSpec& spec,
                        std::span<const Format> formats);

/// Renames the results of an input named `from` as if the input were named `to`.
void rename_results(std::vector<JobOutput>& outputs, std::vector<Warning>& warnings, const std::string& from,
                    const std::string& to, std::span<const Format> formats);

/// Copies the outputs of a duplicate. Empty if there is none, or if the copy fails.
std::optional<event::Completed> reuse_duplicate(EngineContext& context, const RunningJob& running,
                                                JobOutputs& outputs);

}  // namespace convert::engine
