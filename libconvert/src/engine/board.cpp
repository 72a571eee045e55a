// SPDX-License-Identifier: MIT
#include "engine/board.hpp"

#include <utility>

namespace convert::engine {

bool Board::add(const std::shared_ptr<Watcher>& watcher) {
  const std::scoped_lock lock(mutex_);
  if (watcher->job()) {
    by_job_[*watcher->job()].push_back(watcher);
    fresh_.push_back(watcher);
  } else {
    all_.push_back(watcher);
  }
  return ++count_ == 1;
}

bool Board::add(const std::shared_ptr<ChangeWatcher>& watcher) {
  const std::scoped_lock lock(mutex_);
  changes_.push_back(watcher);
  return ++count_ == 1;
}

void Board::remove(const std::shared_ptr<ChangeWatcher>& watcher) {
  const std::scoped_lock lock(mutex_);
  count_ -= std::erase(changes_, watcher);
}

void Board::remove(const std::shared_ptr<Watcher>& watcher) {
  const std::scoped_lock lock(mutex_);
  std::size_t removed = 0;
  if (!watcher->job()) {
    removed = std::erase(all_, watcher);
  } else if (const auto found = by_job_.find(*watcher->job()); found != by_job_.end()) {
    removed = std::erase(found->second, watcher);
    if (found->second.empty()) by_job_.erase(found);
  }
  count_ -= removed;
}

Board::Watching Board::of(JobId id) const {
  const std::scoped_lock lock(mutex_);
  Watching watching = all_;
  if (const auto found = by_job_.find(id); found != by_job_.end()) {
    watching.insert(watching.end(), found->second.begin(), found->second.end());
  }
  return watching;
}

bool Board::watched(JobId id) const {
  const std::scoped_lock lock(mutex_);
  return !all_.empty() || by_job_.contains(id);
}

std::vector<std::shared_ptr<ChangeWatcher>> Board::of_changes() const {
  const std::scoped_lock lock(mutex_);
  return changes_;
}

Board::Watching Board::take_fresh() {
  const std::scoped_lock lock(mutex_);
  return std::exchange(fresh_, {});
}

void Board::end() {
  std::unordered_map<JobId, Watching> by_job;
  Watching all;
  Watching fresh;
  std::vector<std::shared_ptr<ChangeWatcher>> changes;
  {
    const std::scoped_lock lock(mutex_);
    by_job.swap(by_job_);
    all.swap(all_);
    fresh.swap(fresh_);
    changes.swap(changes_);
    count_ = 0;
  }
  for (const auto& watcher : all) watcher->end();
  for (const auto& watcher : changes) watcher->end();
  for (const auto& [id, watching] : by_job) {
    for (const auto& watcher : watching) watcher->end();
  }
}

}  // namespace convert::engine
