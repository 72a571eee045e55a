// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <convert/options.hpp>
#include <convert/sandbox.hpp>

#include "sandbox/host/host_inputs.hpp"
#include "sandbox/host/host_outputs.hpp"
#include "sandbox/host/pipe_pump.hpp"
#include "sandbox/host/worker_process.hpp"

namespace convert::sandbox {

/// The parts of a running call.
struct CallContext {
  const ConvertOptions& options;  // with the effective deadline
  const SandboxLimits& limits;
  HostInputs& inputs;
  HostOutputs* outputs;  // null if the call makes none
  conversion::FirstError& first_error;
  EventFd& wakeup;  // set by the first error and by a request to stop
};

/// Checks ten times a second whether the call may continue: the stop token, the deadline, the first error,
/// the bytes written and the progress of the worker.
class Watchdog {
 public:
  Watchdog(const CallContext& call, const Worker& worker, int channel);

  /// Waits up to 100 ms until the worker's channel is ready for `events` or the worker has ended, and returns
  /// whether it is so. Errors: why the call must end.
  Result<bool> wait(short events);

  /// Checks if 100 ms have passed. Call it between messages.
  Result<void> check_if_due();

  /// The worker has made progress.
  void note_progress() { last_progress_ = Clock::now(); }

  /// The new thread budget if it has changed.
  std::optional<unsigned> changed_thread_budget();

 private:
  using Clock = std::chrono::steady_clock;
  Result<void> check_now();
  Result<void> check_stall(std::uint64_t written);

  const CallContext& call_;
  const Worker& worker_;
  int channel_;
  Clock::time_point last_check_;
  Clock::time_point last_progress_;
  std::uint64_t bytes_moved_ = 0;
  unsigned budget_ = 0;
};

/// The number of threads from ConvertOptions; at least 1.
unsigned thread_count(const ConvertOptions& options);

}  // namespace convert::sandbox
