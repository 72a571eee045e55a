// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>

namespace convert::server::http {

/// What time it is, for the deadlines of connections. Thread-safe.
using NowFunction = std::function<std::chrono::steady_clock::time_point()>;

}  // namespace convert::server::http
