// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "engine/core.hpp"
#include "engine/dispatcher.hpp"
#include "engine/heartbeat.hpp"
#include "engine/orders.hpp"
#include "engine/periodic.hpp"
#include "engine/slots.hpp"

namespace convert::engine {

/// All the threads of an engine that was started. Destroyed, it gives back what has not ended.
class Workshop {
 public:
  explicit Workshop(Core& core);
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  /// Claims nothing any more, and waits so long for what runs.
  void close(std::chrono::milliseconds grace);

 private:
  void sweep();
  void clean(const std::stop_token& stop);

  Core& core_;
  Heartbeat heartbeat_;  // the first to begin and the last to end: leases are renewed while slots unwind
  Orders orders_;
  Slots slots_;
  Dispatcher dispatcher_;
  Periodic sweeper_;
  Periodic cleaner_;
};

}  // namespace convert::engine
