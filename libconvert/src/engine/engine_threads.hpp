// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "engine/engine_context.hpp"
#include "engine/dispatcher.hpp"
#include "engine/heartbeat.hpp"
#include "engine/orders.hpp"
#include "engine/periodic.hpp"
#include "engine/job_threads.hpp"

namespace convert::engine {

/// All the threads of an engine that was started. Destroyed, it gives back what has not ended.
class EngineThreads {
 public:
  explicit EngineThreads(EngineContext& context);
  ~EngineThreads();
  EngineThreads(const EngineThreads&) = delete;
  EngineThreads& operator=(const EngineThreads&) = delete;

  /// Claims nothing any more, and waits so long for what runs.
  void close(std::chrono::milliseconds grace);

 private:
  void sweep();
  void clean_up(const std::stop_token& stop);

  EngineContext& context_;
  Heartbeat heartbeat_;  // the first to begin and the last to end: leases are renewed while slots unwind
  CancellationPoller cancellation_poller_;
  JobThreads job_threads_;
  QueueListener queue_listener_;
  PeriodicThread sweep_;
  PeriodicThread cleanup_;
};

}  // namespace convert::engine
