// SPDX-License-Identifier: MIT
// Announcements within one process.
//
// Permissions: none. Space: about a hundred bytes for each job that is announced and not yet received.
#include <convert/queue.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace convert {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Longer than any wait, but `now() + kMaxDelay` does not overflow.
constexpr milliseconds kMaxDelay = std::chrono::hours(24 * 365);

steady_clock::time_point deadline_after(milliseconds delay) {
  return steady_clock::now() + std::clamp(delay, milliseconds(0), kMaxDelay);
}

class MemoryQueue : public Queue {
 public:
  Result<void> announce(JobId id, milliseconds delay) override;
  Result<std::optional<JobId>> next(milliseconds wait) override;
  void wake() override {
    const std::lock_guard lock(mutex_);
    ++wakes_;
    changed_.notify_all();
  }

 private:
  /// When a job is due, and its place among jobs that are due at the same time.
  using DueTime = std::pair<steady_clock::time_point, std::uint64_t>;

  std::optional<JobId> take_due();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<DueTime, JobId> by_due_time_;
  std::unordered_map<JobId, DueTime> due_times_;
  std::uint64_t announced_ = 0;
  std::uint64_t wakes_ = 0;
};

Result<void> MemoryQueue::announce(JobId id, milliseconds delay) {
  const std::lock_guard lock(mutex_);
  const DueTime due{deadline_after(delay), ++announced_};
  const auto [known, is_new] = due_times_.try_emplace(id, due);
  if (!is_new) {
    if (known->second <= due) return {};
    by_due_time_.erase(known->second);
    known->second = due;
  }
  const auto placed = by_due_time_.emplace(due, id).first;
  // Notify all: the wait of a single notified thread could end before the job is due.
  if (placed == by_due_time_.begin()) changed_.notify_all();
  return {};
}

std::optional<JobId> MemoryQueue::take_due() {
  const auto first = by_due_time_.begin();
  if (first == by_due_time_.end() || first->first.first > steady_clock::now()) return {};
  const JobId id = first->second;
  due_times_.erase(id);
  by_due_time_.erase(first);
  return id;
}

Result<std::optional<JobId>> MemoryQueue::next(milliseconds wait) {
  const auto end = deadline_after(wait);
  std::unique_lock lock(mutex_);
  const std::uint64_t wakes = wakes_;
  for (;;) {
    if (auto id = take_due()) return id;
    if (wakes_ != wakes || steady_clock::now() >= end) return std::optional<JobId>();
    // A copy: the entry in the map may be removed during the wait, which reads the time again.
    const steady_clock::time_point until =
        by_due_time_.empty() ? end : std::min(end, by_due_time_.begin()->first.first);
    changed_.wait_until(lock, until);
  }
}

}  // namespace

std::shared_ptr<Queue> memory_queue() { return std::make_shared<MemoryQueue>(); }

}  // namespace convert
