// SPDX-License-Identifier: MIT
#include "engine/change_watcher.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {

ChangeWatcher::ChangeWatcher(Revision after, Told told, Executor executor)
    : executor_(std::move(executor)), told_(std::make_shared<const Told>(std::move(told))), after_(after) {}

void ChangeWatcher::tell(std::span<const Change> lines) {
  std::unique_lock lock(mutex_);
  const auto fresh =
      std::upper_bound(lines.begin(), lines.end(), after_,
                       [](Revision revision, const Change& line) { return revision < line.revision; });
  if (!told_ || fresh == lines.end()) return;
  waiting_.insert(waiting_.end(), fresh, lines.end());
  after_ = lines.back().revision;
  if (std::exchange(draining_, true)) return;
  lock.unlock();
  executor_([self = shared_from_this()]() { self->drain(); });
}

void ChangeWatcher::drain() {
  for (;;) {
    std::shared_ptr<const Told> told;
    std::vector<Change> lines;
    {
      const std::scoped_lock lock(mutex_);
      if (!told_ || waiting_.empty()) {
        draining_ = false;
        return;
      }
      told = told_;
      lines.swap(waiting_);
    }
    (*told)(lines);
  }
}

void ChangeWatcher::end() {
  std::shared_ptr<const Told> told;  // what it holds is let go without the lock
  const std::scoped_lock lock(mutex_);
  told.swap(told_);
  waiting_.clear();
}

}  // namespace convert::engine
