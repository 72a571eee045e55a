// SPDX-License-Identifier: MIT
#include "engine/periodic.hpp"

#include <utility>

namespace convert::engine {

PeriodicThread::PeriodicThread(std::chrono::milliseconds interval, Action action)
    : interval_(interval),
      action_(std::move(action)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void PeriodicThread::run(const std::stop_token& stop) {
  // By the time between begins: an action that takes long does not push the next one away.
  auto due = std::chrono::steady_clock::now() + interval_;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      stop_requested_.wait_until(lock, stop, due, []() { return false; });
    }
    if (stop.stop_requested()) return;
    due = std::chrono::steady_clock::now() + interval_;
    action_(stop);
  }
}

}  // namespace convert::engine
