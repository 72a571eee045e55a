// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>

namespace convert::engine {

/// Where callbacks run when the host has no place of its own for them: a thread, started when it is first
/// needed, which runs one after the other. Destroyed, it lets the one that runs come to its end and forgets
/// the others; that one may be who destroys it. Thread-safe.
class CallbackThread {
 public:
  CallbackThread();
  ~CallbackThread();
  CallbackThread(const CallbackThread&) = delete;
  CallbackThread& operator=(const CallbackThread&) = delete;

  void post(std::function<void()> callback);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace convert::engine
