// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "sandbox/channel.hpp"
#include "sandbox/telling.hpp"
#include "sandbox/watch.hpp"
#include "sandbox/wire.hpp"

namespace convert::sandbox {

/// One call on one worker: gives it its work, answers what it asks, passes on what it tells, and ends it when
/// it has to be. Trusts nothing that it says.
class Supervision {
 public:
  Supervision(const CallParts& call, std::unique_ptr<Worker> worker);

  /// What the worker answered; it may still be alive. `given` is called once it has its work. Errors: why
  /// there is no answer.
  Result<Finished> run(const Work& work, const std::function<void()>& given);

  /// Kills the worker; with `for_good`, waits until it has ended. Errors: `unavailable`.
  Result<void> end(bool for_good);

  /// Whether the worker ended by itself without an answer.
  bool crashed() const { return crashed_; }

  Telling& telling() { return telling_; }

 private:
  Result<void> wait(short events);
  Result<void> give(const Work& work);
  Result<Finished> converse();
  Result<void> answer(const Packet& packet);
  template <class Request, class Handler>
  Result<void> reply(const Packet& packet, Handler handler);
  template <class Request, class Handler>
  Result<void> reply_with_output(const Packet& packet, Handler handler);
  Result<void> tell_budget();
  Error decide(const Error& error);
  Error why_ended(const Error& error);

  const CallParts& call_;
  std::unique_ptr<Worker> worker_;
  Channel channel_;
  Watch watch_;
  Telling telling_;
  std::optional<Error> decided_;  // why this side ends the call
  bool crashed_ = false;
  std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace convert::sandbox
