// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/core.hpp"

namespace convert::engine {

/// The threads that run jobs. Whichever of them is free claims, for itself and for the others that are free,
/// as soon as there may be work: each waits for its own flushes only, and those of several are shared.
class Slots {
 public:
  explicit Slots(Core& core);
  /// Waits until all that runs has ended: stop it before.
  ~Slots();
  Slots(const Slots&) = delete;
  Slots& operator=(const Slots&) = delete;

  /// There may be a job that is ready.
  void hint();

  /// Waits until a slot is free, and has no hint to look after; false if that was not before `deadline`.
  bool wait_for_free(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

  /// From now on nothing is claimed. What was claimed and not begun is given back.
  void close();

  /// Waits until nothing runs; false if that took longer.
  bool wait_until_idle(std::chrono::milliseconds grace);

 private:
  void loop();
  std::shared_ptr<Running> next();
  void claim(std::unique_lock<std::mutex>& lock);
  Result<std::vector<Job>> take(std::size_t wanted);

  Core& core_;
  std::mutex mutex_;
  std::condition_variable work_;                // for slots: something to do, or the end
  std::condition_variable_any free_;            // for those who wait for slots
  std::deque<std::shared_ptr<Running>> ready_;  // claimed, not begun
  std::size_t idle_ = 0;                        // slots that have nothing to run
  std::size_t asked_ = 0;                       // jobs that are being claimed for them
  std::size_t alive_ = 0;                       // slots that have not ended
  bool hinted_ = false;
  bool closed_ = false;
  std::vector<std::jthread> threads_;  // last: they use the others
};

}  // namespace convert::engine
