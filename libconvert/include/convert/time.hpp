// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace convert {

/// A point in time, in milliseconds since 1970-01-01 00:00 UTC: stored, compared and shown. Waits use
/// `std::chrono::steady_clock` instead.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

}  // namespace convert
