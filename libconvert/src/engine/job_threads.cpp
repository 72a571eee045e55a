// SPDX-License-Identifier: MIT
#include "engine/job_threads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/fault_point.hpp"
#include "base/try.hpp"
#include "engine/job_runner.hpp"

namespace convert::engine {
namespace {

/// Practically unlimited, but `now() + grace` must not overflow.
constexpr std::chrono::milliseconds kMaxGrace = std::chrono::hours(24 * 365);

/// Announcements that accumulated while all threads were busy concern jobs that have run since. Up to so many
/// are answered by one claim.
constexpr std::int64_t kMaxOutOfDate = 64;

}  // namespace

JobThreads::JobThreads(EngineContext& context)
    : context_(context), live_threads_(context.options.max_running_jobs) {
  threads_.reserve(context.options.max_running_jobs);
  for (unsigned i = 0; i < context.options.max_running_jobs; ++i)
    threads_.emplace_back([this]() { run_jobs(); });
}

JobThreads::~JobThreads() { close(); }

void JobThreads::notify_work() {
  {
    const std::scoped_lock lock(mutex_);
    work_signalled_ = true;
  }
  work_available_.notify_one();
}

std::size_t JobThreads::wait_for_idle_thread(std::chrono::steady_clock::time_point deadline,
                                             const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  const bool idle = idle_changed_.wait_until(lock, stop, deadline, [this]() {
    return !work_signalled_ && idle_threads_ > being_claimed_ + claimed_.size();
  });
  if (!idle) return 0;
  const auto out_of_date = std::clamp(unannounced_, std::int64_t{0}, kMaxOutOfDate);
  return idle_threads_ - being_claimed_ - claimed_.size() + static_cast<std::size_t>(out_of_date);
}

void JobThreads::announcements_taken(std::size_t count, bool all) {
  const std::scoped_lock lock(mutex_);
  unannounced_ -= static_cast<std::int64_t>(count);
  if (all) unannounced_ = std::min(unannounced_, std::int64_t{0});
}

void JobThreads::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    for (const auto& running : claimed_) running->stop(StopReason::released);
  }
  work_available_.notify_all();
}

bool JobThreads::wait_until_idle(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  return idle_changed_.wait_for(lock, std::min(grace, kMaxGrace), [this]() { return live_threads_ == 0; });
}

void JobThreads::run_jobs() {
  while (const auto running = next_job()) {
    run_job(context_, *running);
    notify_work();  // a duplicate may wait for it, and there may be more jobs
  }
  const std::scoped_lock lock(mutex_);
  --live_threads_;
  idle_changed_.notify_all();
}

std::shared_ptr<RunningJob> JobThreads::next_job() {
  std::unique_lock lock(mutex_);
  ++idle_threads_;
  for (;;) {
    if (!claimed_.empty()) {
      auto running = std::move(claimed_.front());
      claimed_.pop_front();
      --idle_threads_;
      return running;
    }
    if (closed_ && being_claimed_ == 0) return {};
    if (!closed_ && work_signalled_ && idle_threads_ > being_claimed_) {
      claim_for_idle_threads(lock);
      continue;
    }
    idle_changed_.notify_all();
    work_available_.wait(lock);
  }
}

/// Claims nothing while the Execution, or a Storage that has failed, is not ready: jobs wait and lose no
/// attempt. The next sweep tries again.
Result<std::vector<Job>> JobThreads::claim_jobs(std::size_t count) {
  if (const auto execution = context_.execution()) {
    CONVERT_TRY(execution->ready());
  }
  if (context_.storage_suspected) {
    CONVERT_TRY(context_.storage().ready());
    context_.storage_suspected = false;
  }
  return context_.store().claim({context_.options.worker_name, context_.options.lease_duration, count});
}

/// Claims a job for each idle thread. Releases the lock meanwhile.
void JobThreads::claim_for_idle_threads(std::unique_lock<std::mutex>& lock) {
  const std::size_t count = idle_threads_ - being_claimed_;
  being_claimed_ += count;
  work_signalled_ = false;
  lock.unlock();
  CONVERT_FAULT_POINT("engine.before_claim");
  auto jobs = claim_jobs(count);
  CONVERT_FAULT_POINT("engine.claimed");
  if (!jobs) context_.log.warning(0, fmt::format("No jobs could be claimed: {}", jobs.error().message));
  std::deque<std::shared_ptr<RunningJob>> claimed;
  if (jobs) {
    for (Job& job : *jobs) {
      context_.subscriptions.changed();
      claimed.push_back(context_.claims.add(std::move(job)));
    }
  }
  lock.lock();
  being_claimed_ -= count;
  if (claimed.size() == count) work_signalled_ = true;
  unannounced_ += static_cast<std::int64_t>(claimed.size());
  // No more jobs are ready: other engines have claimed those whose announcements came here.
  if (jobs && claimed.size() < count) unannounced_ = std::max(unannounced_, std::int64_t{0});
  for (auto& running : claimed) {
    if (closed_) running->stop(StopReason::released);
    claimed_.push_back(std::move(running));
  }
  // A thread that was woken meanwhile found no job and waits again: wake it.
  if (claimed_.size() > 1 || work_signalled_ || closed_) work_available_.notify_all();
}

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kErrorDelay{100};  // after an error of the queue
constexpr milliseconds kWakeInterval{10};

}  // namespace

QueueListener::QueueListener(EngineContext& context, JobThreads& job_threads)
    : context_(context),
      job_threads_(job_threads),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

QueueListener::~QueueListener() {
  thread_.request_stop();
  // A single call could come just before the thread starts to wait.
  while (!ended_) {
    context_.options.queue->wake();
    std::this_thread::sleep_for(kWakeInterval);
  }
}

void QueueListener::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto deadline = std::chrono::steady_clock::now() + context_.options.sweep_interval;
    const std::size_t max = job_threads_.wait_for_idle_thread(deadline, stop);
    if (max == 0 || stop.stop_requested()) continue;
    if (!receive_announcements(max)) std::this_thread::sleep_for(kErrorDelay);
  }
  ended_ = true;
}

/// Waits for an announcement and takes up to `max`. False if the queue fails.
bool QueueListener::receive_announcements(std::size_t max) {
  const auto announcement = context_.options.queue->next(context_.options.sweep_interval);
  std::size_t taken = announcement && *announcement ? 1 : 0;
  bool more = taken == 1;
  while (more && taken < max) {
    const auto next = context_.options.queue->next(milliseconds(0));
    more = next && *next;
    if (more) ++taken;
  }
  job_threads_.announcements_taken(taken, !more);
  if (taken > 0) job_threads_.notify_work();
  // Logs once, not on every attempt until the queue is back.
  if (!announcement && !failing_) {
    context_.log.warning(
        0, fmt::format("The queue fails; jobs start with the next sweep: {}", announcement.error().message));
  }
  failing_ = !announcement;
  return announcement.has_value();
}

}  // namespace convert::engine
