// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <convert/result.hpp>

namespace convertd {

/// Calls `open` again while it fails with an `unavailable` that is retryable, for at most `timeout`. Returns
/// its last error. Before each retry, `warn` gets the reason, and `stopped_within` waits at most the given
/// time, at first one second, later five; if it returns true, the error is `cancelled`.
convert::Result<void> retry_while_unavailable(
    const std::function<convert::Result<void>()>& open, std::chrono::milliseconds timeout,
    const std::function<bool(std::chrono::milliseconds)>& stopped_within,
    const std::function<void(std::string)>& warn);

}  // namespace convertd
