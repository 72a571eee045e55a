// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/engine_context.hpp"

namespace convert::engine {

/// The threads that run jobs. Whichever of them is free claims, for itself and for the others that are free,
/// as soon as there may be work: each waits for its own flushes only, and those of several are shared.
class JobThreads {
 public:
  explicit JobThreads(EngineContext& context);
  /// Waits until all that runs has ended: stop it before.
  ~JobThreads();
  JobThreads(const JobThreads&) = delete;
  JobThreads& operator=(const JobThreads&) = delete;

  /// There may be a job that is ready.
  void notify_work();

  /// Waits until a slot is free, and has no hint to look after; false if that was not before `deadline`.
  bool wait_for_idle_thread(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

  /// From now on nothing is claimed. What was claimed and not begun is given back.
  void close();

  /// Waits until nothing runs; false if that took longer.
  bool wait_until_idle(std::chrono::milliseconds grace);

 private:
  void run_jobs();
  std::shared_ptr<RunningJob> next_job();
  void claim_for_idle_threads(std::unique_lock<std::mutex>& lock);
  Result<std::vector<Job>> claim_jobs(std::size_t count);

  EngineContext& context_;
  std::mutex mutex_;
  std::condition_variable work_available_;           // for slots: something to do, or the end
  std::condition_variable_any idle_changed_;         // for those who wait for slots
  std::deque<std::shared_ptr<RunningJob>> claimed_;  // claimed, not begun
  std::size_t idle_threads_ = 0;                     // slots that have nothing to run
  std::size_t being_claimed_ = 0;                    // jobs that are being claimed for them
  std::size_t live_threads_ = 0;                     // slots that have not ended
  bool work_signalled_ = false;
  bool closed_ = false;
  std::vector<std::jthread> threads_;  // last: they use the others
};

/// Listens to the queue while a slot is free: what it announces is left to other engines otherwise.
class QueueListener {
 public:
  QueueListener(EngineContext& context, JobThreads& job_threads);
  ~QueueListener();
  QueueListener(const QueueListener&) = delete;
  QueueListener& operator=(const QueueListener&) = delete;

 private:
  void run(const std::stop_token& stop);
  bool receive_announcements();

  EngineContext& context_;
  JobThreads& job_threads_;
  bool failing_ = false;
  std::atomic<bool> ended_{false};
  std::jthread thread_;  // last: it uses the others
};

}  // namespace convert::engine
