// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/engine_context.hpp"

namespace convert::engine {

/// The threads that run jobs. When there may be work, one idle thread claims jobs for all idle threads. Each
/// thread waits only for its own flushes, which the store shares between threads.
class JobThreads {
 public:
  explicit JobThreads(EngineContext& context);
  /// Waits until all jobs have ended: stop them before.
  ~JobThreads();
  JobThreads(const JobThreads&) = delete;
  JobThreads& operator=(const JobThreads&) = delete;

  /// A job may be ready.
  void notify_work();

  /// Waits until a thread is idle and no work is signalled. Returns how many announcements this engine may
  /// take from the queue: as many as it has idle threads, so that a backlog stays visible in the queue, and
  /// those of jobs that it has claimed without them. 0 if `deadline` passes first.
  std::size_t wait_for_idle_thread(std::chrono::steady_clock::time_point deadline,
                                   const std::stop_token& stop);

  /// `count` announcements were taken from the queue. `all`: it has no more.
  void announcements_taken(std::size_t count, bool all);

  /// Stops claiming. Releases jobs that were claimed but not started.
  void close();

  /// Waits until no job runs. False if that takes longer than `grace`.
  bool wait_until_idle(std::chrono::milliseconds grace);

 private:
  void run_jobs();
  std::shared_ptr<RunningJob> next_job();
  void claim_for_idle_threads(std::unique_lock<std::mutex>& lock);
  Result<std::vector<Job>> claim_jobs(std::size_t count);

  EngineContext& context_;
  std::mutex mutex_;
  std::condition_variable work_available_;           // for job threads: work, or the end
  std::condition_variable_any idle_changed_;         // for callers that wait for idle threads
  std::deque<std::shared_ptr<RunningJob>> claimed_;  // claimed, not started
  std::size_t idle_threads_ = 0;                     // threads without a job
  std::size_t being_claimed_ = 0;                    // jobs that are being claimed for them
  std::size_t live_threads_ = 0;                     // threads that have not ended
  std::int64_t unannounced_ = 0;  // claimed jobs less announcements taken: roughly how many are out of date
  bool work_signalled_ = false;
  bool closed_ = false;
  std::vector<std::jthread> threads_;  // last: they use the other members
};

/// Receives announcements from the queue while a job thread is idle; otherwise it leaves them to other
/// engines.
class QueueListener {
 public:
  QueueListener(EngineContext& context, JobThreads& job_threads);
  ~QueueListener();
  QueueListener(const QueueListener&) = delete;
  QueueListener& operator=(const QueueListener&) = delete;

 private:
  void run(const std::stop_token& stop);
  bool receive_announcements(std::size_t max);

  EngineContext& context_;
  JobThreads& job_threads_;
  bool failing_ = false;
  std::atomic<bool> ended_{false};
  std::jthread thread_;  // last: it uses the other members
};

}  // namespace convert::engine
