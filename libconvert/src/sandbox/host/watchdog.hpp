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

/// What a call works with.
struct CallContext {
  const ConvertOptions& options;  // with its real deadline
  const SandboxLimits& limits;
  HostInputs& inputs;
  HostOutputs* outputs;  // null: the call makes none
  conversion::FirstError& first_error;
  EventFd& wakeup;  // set when there is a fault, or it is asked to stop
};

/// Looks ten times a second whether a worker may go on: the stop token, the deadline, the first fault, what
/// it has written, and whether it gets on at all.
class Watchdog {
 public:
  Watchdog(const CallContext& call, const Worker& worker, int channel);

  /// Waits a little until the worker's channel may be ready for `events`, or the worker has gone; whether it
  /// is. Errors: why the call has to end.
  Result<bool> wait(short events);

  /// To be called between messages: looks, if it is time to.
  Result<void> check_if_due();

  /// The worker has got on.
  void note_progress() { last_progress_ = Clock::now(); }

  /// How many threads it may use, if that has changed.
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

/// As ConvertOptions says, and never none.
unsigned thread_count(const ConvertOptions& options);

}  // namespace convert::sandbox
