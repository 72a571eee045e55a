// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include <convert/options.hpp>
#include <convert/result.hpp>

#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// Whether RLIMIT_DATA means anything: sanitizers map terabytes.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// What the limits on a worker's memory begin from, in bytes.
struct MemoryInUse {
  std::uint64_t data = 0;
  std::uint64_t address_space = 0;  ///< addresses that are taken, whatever is there
};

/// Of this process, now. Reads /proc, so it has to be asked before the process is confined.
Result<MemoryInUse> memory_in_use();

/// Bounds what this process may take. `limit_threads`: it is the only process of its user namespace, so that
/// a bound on processes is one on its threads.
Result<void> apply_process_limits(const ZygoteSettings& settings, const MemoryInUse& before,
                                  bool limit_threads);

/// Bounds its processor time, once it is known what it has to do.
Result<void> apply_cpu_time_limit(const ZygoteSettings& settings, const Limits& limits);

}  // namespace convert::sandbox
