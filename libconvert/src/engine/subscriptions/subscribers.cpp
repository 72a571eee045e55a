// SPDX-License-Identifier: MIT
#include "engine/subscriptions/subscribers.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {

JobSubscriber::JobSubscriber(JobId job, Callback callback, Executor executor)
    : job_(job),
      executor_(std::move(executor)),
      callback_(std::make_shared<const Callback>(std::move(callback))),
      needs_snapshot_(true) {}

JobSubscriber::JobSubscriber(AllJobsAfter jobs, Callback callback, Executor executor)
    : executor_(std::move(executor)),
      callback_(std::make_shared<const Callback>(std::move(callback))),
      after_(jobs.after) {}

void JobSubscriber::notify(const Job& job, Revision revision) {
  std::unique_lock lock(mutex_);
  if (!callback_ || (revision <= after_ && !needs_snapshot_)) return;
  needs_snapshot_ = false;
  if (job_) after_ = std::max(after_, job.revision);
  if (job.state == JobState::running) {
    running_[job.id] = {job.revision, job.progress};
  } else {
    running_.erase(job.id);
  }
  queue(std::move(lock), job);
}

void JobSubscriber::notify_progress(const Job& job, double fraction) {
  std::unique_lock lock(mutex_);
  const auto delivered = running_.find(job.id);
  if (!callback_ || delivered == running_.end() || delivered->second.revision != job.revision) return;
  if (fraction <= delivered->second.progress) return;
  delivered->second.progress = fraction;
  Job now = job;
  now.progress = fraction;
  queue(std::move(lock), now);
}

void JobSubscriber::queue(std::unique_lock<std::mutex> lock, const Job& job) {
  if (waiting_.insert_or_assign(job.id, job).second) order_.push_back(job.id);
  if (std::exchange(draining_, true)) return;
  lock.unlock();
  if (!executor_) return drain();
  executor_([self = shared_from_this()]() { self->drain(); });
}

void JobSubscriber::drain() {
  for (;;) {
    std::shared_ptr<const Callback> callback;
    Job job;
    {
      const std::scoped_lock lock(mutex_);
      if (!callback_ || order_.empty()) {
        draining_ = false;
        return;
      }
      callback = callback_;
      job = std::move(waiting_.extract(order_.front()).mapped());
      order_.pop_front();
    }
    if (!(*callback)(job)) close();
  }
}

void JobSubscriber::close() {
  std::shared_ptr<const Callback> callback;  // destroys the captures without the lock
  const std::scoped_lock lock(mutex_);
  callback.swap(callback_);
  order_.clear();
  waiting_.clear();
}

bool JobSubscriber::closed() const {
  const std::scoped_lock lock(mutex_);
  return callback_ == nullptr;
}

ChangeSubscriber::ChangeSubscriber(Revision after, Callback callback, Executor executor)
    : executor_(std::move(executor)),
      callback_(std::make_shared<const Callback>(std::move(callback))),
      after_(after) {}

void ChangeSubscriber::notify(std::span<const Change> lines) {
  std::unique_lock lock(mutex_);
  const auto unseen =
      std::upper_bound(lines.begin(), lines.end(), after_,
                       [](Revision revision, const Change& line) { return revision < line.revision; });
  if (!callback_ || unseen == lines.end()) return;
  waiting_.insert(waiting_.end(), unseen, lines.end());
  after_ = lines.back().revision;
  if (std::exchange(draining_, true)) return;
  lock.unlock();
  executor_([self = shared_from_this()]() { self->drain(); });
}

void ChangeSubscriber::drain() {
  for (;;) {
    std::shared_ptr<const Callback> callback;
    std::vector<Change> lines;
    {
      const std::scoped_lock lock(mutex_);
      if (!callback_ || waiting_.empty()) {
        draining_ = false;
        return;
      }
      callback = callback_;
      lines.swap(waiting_);
    }
    (*callback)(lines);
  }
}

void ChangeSubscriber::close() {
  std::shared_ptr<const Callback> callback;  // destroys the captures without the lock
  const std::scoped_lock lock(mutex_);
  callback.swap(callback_);
  waiting_.clear();
}

}  // namespace convert::engine
