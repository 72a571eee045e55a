// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace convert::sandbox {

/// What a Sandbox counts; see SandboxStatistics.
struct SandboxCounters {
  std::atomic<unsigned> busy = 0;
  std::atomic<std::uint64_t> served = 0;
  std::atomic<std::uint64_t> crashed = 0;
  std::atomic<std::uint64_t> killed = 0;
};

}  // namespace convert::sandbox
