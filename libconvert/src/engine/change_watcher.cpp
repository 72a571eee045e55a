// SPDX-License-Identifier: MIT
#include "engine/change_watcher.hpp"

#include <algorithm>
#include <utility>

namespace convert::engine {

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
  std::shared_ptr<const Callback> callback;  // what it holds is let go without the lock
  const std::scoped_lock lock(mutex_);
  callback.swap(callback_);
  waiting_.clear();
}

}  // namespace convert::engine
