// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/engine_context.hpp"
#include "engine/job_threads.hpp"

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

/// Renews the leases of all that runs here, in one call, and stops what the store says is no longer right.
/// Its thread does nothing else: no codec, no Storage and no callback can hold it up.
class Heartbeat {
 public:
  explicit Heartbeat(EngineContext& context);

 private:
  void renew_leases();

  EngineContext& context_;
  bool failing_ = false;
  PeriodicThread thread_;
};

/// Looks between the heartbeats whether what runs here is still wanted: another process may have cancelled,
/// replaced or removed it. It only reads, and only about jobs that have run since its last look, so that
/// short ones cost nothing.
class CancellationPoller {
 public:
  explicit CancellationPoller(EngineContext& context);

 private:
  void poll();
  bool is_lost(const Claim& claim);

  EngineContext& context_;
  std::vector<Claim> previous_claims_;  // at the last look
  PeriodicThread thread_;               // last: it uses the others
};

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
