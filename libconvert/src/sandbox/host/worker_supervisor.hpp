// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "conversion/notifier.hpp"
#include "sandbox/host/watchdog.hpp"
#include "sandbox/protocol/channel.hpp"
#include "sandbox/protocol/messages.hpp"

namespace convert::sandbox {

/// Runs one call on one worker: sends the request, serves the worker's messages, reports progress and
/// warnings, and kills the worker when the call must end. Does not trust the worker.
class WorkerSupervisor {
 public:
  WorkerSupervisor(const CallContext& call, std::unique_ptr<Worker> worker);

  /// Returns the worker's result; the worker may still be alive. Calls `on_sent` after the request was sent.
  /// Errors: why there is no result.
  Result<CallResult> run(const CallRequest& work, const std::function<void()>& on_sent);

  /// Kills the worker and, with `wait_for_exit`, waits until it has ended. Errors: `unavailable`.
  Result<void> end(bool wait_for_exit);

  /// Whether the worker ended by itself without a result.
  bool crashed() const { return crashed_; }

  conversion::Notifier& notifier() { return notifier_; }

 private:
  Result<void> wait(short events);
  Result<void> send_request(const CallRequest& work);
  Result<CallResult> serve_worker();
  Result<void> handle_message(const Packet& packet);
  template <class Request, class Handler>
  Result<void> reply(const Packet& packet, Handler handler);
  template <class Request, class Handler>
  Result<void> reply_with_output(const Packet& packet, Handler handler);
  Result<void> send_thread_budget();
  Error fail_call(const Error& error);
  Error failure_cause(const Error& error);

  const CallContext& call_;
  std::unique_ptr<Worker> worker_;
  Channel channel_;
  Watchdog watch_;
  conversion::Notifier notifier_;
  std::optional<Error> call_error_;  // why the host ends the call
  bool crashed_ = false;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace convert::sandbox
