// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <span>

#include <convert/io.hpp>
#include <convert/options.hpp>
#include <convert/sandbox.hpp>

#include "sandbox/host/worker_pool.hpp"
#include "sandbox/protocol/format_table.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// The counters of a Sandbox; see SandboxStatistics.
struct SandboxCounters {
  std::atomic<unsigned> busy = 0;
  std::atomic<std::uint64_t> served = 0;
  std::atomic<std::uint64_t> crashed = 0;
  std::atomic<std::uint64_t> killed = 0;
};

/// The parts of a Sandbox that its calls share.
struct SandboxContext {
  WorkerPool& pool;
  const SandboxLimits& limits;
  SandboxCounters& counters;
  const FormatTable& formats;
};

// The calls of a Sandbox; see there. Each runs on its own worker. They may throw std::bad_alloc.
Result<MediaInfo> probe(const SandboxContext& context, const Input& input, const ConvertOptions& options);
Result<Plan> plan(const SandboxContext& context, std::span<const Input> inputs, const OutputSpec& spec,
                  const ConvertOptions& options);
Result<Report> convert(const SandboxContext& context, std::span<const Input> inputs, Outputs& outputs,
                       const OutputSpec& spec, const ConvertOptions& options);

}  // namespace convert::sandbox
