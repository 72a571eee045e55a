// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

#include "engine/core.hpp"
#include "engine/slots.hpp"

namespace convert::engine {

/// Listens to the queue while a slot is free: what it announces is left to other engines otherwise.
class Dispatcher {
 public:
  Dispatcher(Core& core, Slots& slots);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

 private:
  void run(const std::stop_token& stop);
  bool listen();

  Core& core_;
  Slots& slots_;
  bool failing_ = false;
  std::atomic<bool> ended_{false};
  std::jthread thread_;  // last: it uses the others
};

}  // namespace convert::engine
