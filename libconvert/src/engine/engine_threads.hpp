// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/engine_context.hpp"
#include "engine/job_threads.hpp"

namespace convert::engine {

/// Runs an action periodically in a thread of its own until it is destroyed. The action receives the thread's
/// stop token.
class PeriodicThread {
 public:
  using Action = std::function<void(const std::stop_token&)>;

  /// The first run is one `interval` from now.
  PeriodicThread(std::chrono::milliseconds interval, Action action);

 private:
  void run(const std::stop_token& stop);

  const std::chrono::milliseconds interval_;
  const Action action_;
  std::mutex mutex_;
  std::condition_variable_any stop_requested_;
  std::jthread thread_;  // last: it uses the other members
};

/// Renews the leases of all jobs that run here, in one call, and stops those whose claim is lost. Its thread
/// does nothing else, so no codec, Storage or callback can delay it.
class Heartbeat {
 public:
  explicit Heartbeat(EngineContext& context);

 private:
  void renew_leases();

  EngineContext& context_;
  bool failing_ = false;
  PeriodicThread thread_;
};

/// Checks between heartbeats, with one query for all, whether another process has cancelled, replaced or
/// removed a job that runs here. Only jobs that ran at the previous poll too, so that short jobs cost
/// nothing.
class CancellationPoller {
 public:
  explicit CancellationPoller(EngineContext& context);

 private:
  void poll();

  EngineContext& context_;
  std::vector<Claim> previous_claims_;  // at the previous poll
  PeriodicThread thread_;               // last: it uses the other members
};

/// Applies retention and deletes orphaned blobs and unfinished uploads, periodically, if the JobStore has
/// elected this engine for it.
class Cleanup {
 public:
  explicit Cleanup(EngineContext& context);
  /// Gives the work to another engine.
  ~Cleanup();
  Cleanup(const Cleanup&) = delete;
  Cleanup& operator=(const Cleanup&) = delete;

 private:
  bool elect();
  void clean_up(const std::stop_token& stop);

  EngineContext& context_;
  bool elected_ = false;
  std::chrono::steady_clock::time_point next_orphan_sweep_{};
  std::optional<PeriodicThread> thread_;  // last: it uses the other members
};

/// All threads of a started engine. The destructor releases jobs that have not ended.
class EngineThreads {
 public:
  explicit EngineThreads(EngineContext& context);
  ~EngineThreads();
  EngineThreads(const EngineThreads&) = delete;
  EngineThreads& operator=(const EngineThreads&) = delete;

  /// Stops claiming and waits at most `grace` for running jobs.
  void close(std::chrono::milliseconds grace);

 private:
  void sweep();

  EngineContext& context_;
  Heartbeat heartbeat_;  // first to start, last to end: renews leases until all jobs have ended
  CancellationPoller cancellation_poller_;
  JobThreads job_threads_;
  QueueListener queue_listener_;
  PeriodicThread sweep_;
  Cleanup cleanup_;
};

}  // namespace convert::engine
