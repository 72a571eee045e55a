// SPDX-License-Identifier: MIT
// Announcements within one process.
//
// Permissions: none. Space: about a hundred bytes for each job that is announced and not yet taken.
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

/// Far enough for every wait, and near enough to be added to now.
constexpr milliseconds kLongest = std::chrono::hours(24 * 365);

steady_clock::time_point in(milliseconds delay) {
  return steady_clock::now() + std::clamp(delay, milliseconds(0), kLongest);
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
  /// When it is due; of those due at the same instant, who was first.
  using Turn = std::pair<steady_clock::time_point, std::uint64_t>;

  std::optional<JobId> take_due();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Turn, JobId> turns_;
  std::unordered_map<JobId, Turn> held_;
  std::uint64_t announced_ = 0;
  std::uint64_t wakes_ = 0;
};

Result<void> MemoryQueue::announce(JobId id, milliseconds delay) {
  const std::lock_guard lock(mutex_);
  const Turn turn{in(delay), ++announced_};
  const auto [held, is_new] = held_.try_emplace(id, turn);
  if (!is_new) {
    if (held->second <= turn) return {};
    turns_.erase(held->second);
    held->second = turn;
  }
  const auto placed = turns_.emplace(turn, id).first;
  // All of them: the one who is told may be one whose wait ends before that job is due.
  if (placed == turns_.begin()) changed_.notify_all();
  return {};
}

std::optional<JobId> MemoryQueue::take_due() {
  const auto first = turns_.begin();
  if (first == turns_.end() || first->first.first > steady_clock::now()) return {};
  const JobId id = first->second;
  held_.erase(id);
  turns_.erase(first);
  return id;
}

Result<std::optional<JobId>> MemoryQueue::next(milliseconds wait) {
  const auto end = in(wait);
  std::unique_lock lock(mutex_);
  const std::uint64_t wakes = wakes_;
  for (;;) {
    if (auto id = take_due()) return id;
    if (wakes_ != wakes || steady_clock::now() >= end) return std::optional<JobId>();
    // A value, since the one in the map may be gone while this waits, and the wait looks at it again then.
    const steady_clock::time_point until = turns_.empty() ? end : std::min(end, turns_.begin()->first.first);
    changed_.wait_until(lock, until);
  }
}

}  // namespace

std::shared_ptr<Queue> memory_queue() { return std::make_shared<MemoryQueue>(); }

}  // namespace convert
