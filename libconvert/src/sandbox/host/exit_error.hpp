// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <convert/result.hpp>
#include <convert/sandbox.hpp>

namespace convert::sandbox {

/// What a call fails with whose worker ended without an answer. `status` as from waitpid; nothing: it is not
/// known how.
Error exit_error(std::optional<int> status, const SandboxLimits& limits);

Error memory_limit_error(const SandboxLimits& limits);
Error scratch_limit_error(const SandboxLimits& limits);
Error stall_error(const SandboxLimits& limits);
Error result_limit_error(const SandboxLimits& limits);

}  // namespace convert::sandbox
