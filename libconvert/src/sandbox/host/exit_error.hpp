// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <convert/result.hpp>
#include <convert/sandbox.hpp>

namespace convert::sandbox {

/// The error of a call whose worker ended without a result. `status` is as from waitpid; empty if it is not
/// known.
Error exit_error(std::optional<int> status, const SandboxLimits& limits);

Error memory_limit_error(const SandboxLimits& limits);
Error scratch_limit_error(const SandboxLimits& limits);
Error stall_error(const SandboxLimits& limits);
Error result_limit_error(const SandboxLimits& limits);

}  // namespace convert::sandbox
