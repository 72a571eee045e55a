// SPDX-License-Identifier: MIT
#pragma once

#include <mutex>
#include <optional>

#include <convert/result.hpp>

#include "sandbox/host/event.hpp"

namespace convert::sandbox {

/// The first thing that went wrong with a Reader, a Writer or the Outputs of a call, or with a limit on
/// them: what the call fails with. Thread-safe.
class FirstError {
 public:
  /// `wakeup` is set with it.
  explicit FirstError(EventFd& wakeup) : wakeup_(wakeup) {}

  Error record(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = error;
    wakeup_.set();
    return error;
  }
  std::optional<Error> get() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

 private:
  EventFd& wakeup_;
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace convert::sandbox
