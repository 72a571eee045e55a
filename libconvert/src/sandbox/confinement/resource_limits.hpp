// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include <convert/options.hpp>
#include <convert/result.hpp>

#include "sandbox/protocol/zygote_settings.hpp"

namespace convert::sandbox {

/// Sanitizers map terabytes, so that memory limits are not set.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// The memory in use before a worker starts, in bytes. Its limits are added to it.
struct MemoryInUse {
  std::uint64_t data = 0;
  std::uint64_t address_space = 0;  ///< mapped addresses, with or without memory
};

/// The memory in use by this process. Reads /proc, so that it must be called before the process is confined.
Result<MemoryInUse> memory_in_use();

/// Sets the resource limits of this process. `limit_threads`: it is the only process of its user namespace,
/// so that RLIMIT_NPROC limits its threads.
Result<void> apply_process_limits(const ZygoteSettings& settings, const MemoryInUse& before,
                                  bool limit_threads);

/// Sets the limit on processor time, which depends on the call.
Result<void> apply_cpu_time_limit(const ZygoteSettings& settings, const Limits& limits);

}  // namespace convert::sandbox
