// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace convert::engine {

/// A thread that does one thing from time to time, until it is destroyed. The thing gets the token that says
/// when that is.
class PeriodicThread {
 public:
  using Action = std::function<void(const std::stop_token&)>;

  /// The first time is one `interval` from now.
  PeriodicThread(std::chrono::milliseconds interval, Action action);

 private:
  void run(const std::stop_token& stop);

  const std::chrono::milliseconds interval_;
  const Action action_;
  std::mutex mutex_;
  std::condition_variable_any stop_requested_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace convert::engine
