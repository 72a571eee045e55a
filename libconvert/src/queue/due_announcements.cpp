// SPDX-License-Identifier: MIT
#include "queue/due_announcements.hpp"

#include <algorithm>

namespace convert::queue {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// Longer than any wait, but `now() + kMaxDelay` does not overflow.
constexpr milliseconds kMaxDelay = std::chrono::hours(24 * 365);

steady_clock::time_point deadline_after(milliseconds delay) {
  return steady_clock::now() + std::clamp(delay, milliseconds(0), kMaxDelay);
}

}  // namespace

bool DueAnnouncements::add(JobId id, milliseconds delay) {
  const std::lock_guard lock(mutex_);
  const DueTime due{deadline_after(delay), ++added_};
  const auto [known, is_new] = due_times_.try_emplace(id, due);
  if (!is_new) {
    if (known->second <= due) return by_due_time_.size() <= readers_;
    by_due_time_.erase(known->second);
    known->second = due;
  }
  const auto placed = by_due_time_.emplace(due, id).first;
  // Notify all: the wait of a single notified thread could end before the job is due.
  if (placed == by_due_time_.begin()) changed_.notify_all();
  if (by_due_time_.size() > max_size_) remove_first();
  return by_due_time_.size() <= readers_;
}

void DueAnnouncements::remove_first() {
  due_times_.erase(by_due_time_.begin()->second);
  by_due_time_.erase(by_due_time_.begin());
}

std::optional<JobId> DueAnnouncements::take_due() {
  const auto first = by_due_time_.begin();
  if (first == by_due_time_.end() || first->first.first > steady_clock::now()) return {};
  const JobId id = first->second;
  remove_first();
  return id;
}

std::optional<JobId> DueAnnouncements::next(milliseconds wait) {
  const auto end = deadline_after(wait);
  std::unique_lock lock(mutex_);
  const std::uint64_t wakes = wakes_;
  for (;;) {
    if (auto id = take_due()) return id;
    if (wakes_ != wakes || steady_clock::now() >= end) return {};
    // A copy: the entry in the map may be removed during the wait, which reads the time again.
    const steady_clock::time_point until =
        by_due_time_.empty() ? end : std::min(end, by_due_time_.begin()->first.first);
    ++readers_;
    changed_.wait_until(lock, until);
    --readers_;
  }
}

void DueAnnouncements::wake() {
  const std::lock_guard lock(mutex_);
  ++wakes_;
  changed_.notify_all();
}

}  // namespace convert::queue
