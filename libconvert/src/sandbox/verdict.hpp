// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <convert/result.hpp>
#include <convert/sandbox.hpp>

namespace convert::sandbox {

/// What a call fails with whose worker ended without an answer. `status` as from waitpid; nothing: it is not
/// known how.
Error verdict(std::optional<int> status, const SandboxLimits& limits);

Error out_of_memory(const SandboxLimits& limits);
Error out_of_scratch(const SandboxLimits& limits);
Error stalled(const SandboxLimits& limits);
Error answer_too_long(const SandboxLimits& limits);

}  // namespace convert::sandbox
