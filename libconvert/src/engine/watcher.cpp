// SPDX-License-Identifier: MIT
#include "engine/watcher.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {

Watcher::Watcher(JobId job, Told told, Executor executor)
    : job_(job),
      executor_(std::move(executor)),
      told_(std::make_shared<const Told>(std::move(told))),
      fresh_(true) {}

Watcher::Watcher(AllAfter jobs, Told told, Executor executor)
    : executor_(std::move(executor)),
      told_(std::make_shared<const Told>(std::move(told))),
      after_(jobs.after) {}

void Watcher::tell(const Job& job, Revision revision) {
  std::unique_lock lock(mutex_);
  if (!told_ || (revision <= after_ && !fresh_)) return;
  fresh_ = false;
  if (job_) after_ = std::max(after_, job.revision);
  if (job.state == JobState::running) {
    running_[job.id] = {job.revision, job.progress};
  } else {
    running_.erase(job.id);
  }
  queue(std::move(lock), job);
}

void Watcher::progress(const Job& job, double fraction) {
  std::unique_lock lock(mutex_);
  const auto shown = running_.find(job.id);
  if (!told_ || shown == running_.end() || shown->second.revision != job.revision) return;
  if (fraction <= shown->second.progress) return;
  shown->second.progress = fraction;
  Job now = job;
  now.progress = fraction;
  queue(std::move(lock), now);
}

void Watcher::queue(std::unique_lock<std::mutex> lock, const Job& job) {
  if (waiting_.insert_or_assign(job.id, job).second) order_.push_back(job.id);
  if (std::exchange(draining_, true)) return;
  lock.unlock();
  if (!executor_) return drain();
  executor_([self = shared_from_this()]() { self->drain(); });
}

void Watcher::drain() {
  for (;;) {
    std::shared_ptr<const Told> told;
    Job job;
    {
      const std::scoped_lock lock(mutex_);
      if (!told_ || order_.empty()) {
        draining_ = false;
        return;
      }
      told = told_;
      job = std::move(waiting_.extract(order_.front()).mapped());
      order_.pop_front();
    }
    if (!(*told)(job)) end();
  }
}

void Watcher::end() {
  std::shared_ptr<const Told> told;  // what it holds is let go without the lock
  const std::scoped_lock lock(mutex_);
  told.swap(told_);
  order_.clear();
  waiting_.clear();
}

bool Watcher::ended() const {
  const std::scoped_lock lock(mutex_);
  return told_ == nullptr;
}

}  // namespace convert::engine
