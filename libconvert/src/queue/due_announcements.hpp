// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include <convert/job.hpp>

namespace convert::queue {

/// The announcements that wait in this process, ordered by due time. Holds each job only once. Thread-safe.
class DueAnnouncements {
 public:
  /// Holds at most `max_size`: a new one then replaces the oldest of those that are due first.
  explicit DueAnnouncements(std::size_t max_size = std::numeric_limits<std::size_t>::max())
      : max_size_(max_size) {}
  DueAnnouncements(const DueAnnouncements&) = delete;
  DueAnnouncements& operator=(const DueAnnouncements&) = delete;

  /// Returns whether a thread that waits in `next` will receive it as soon as it is due.
  bool add(JobId id, std::chrono::milliseconds delay);

  /// The next that is due. Nothing after `wait`, or after `wake`.
  std::optional<JobId> next(std::chrono::milliseconds wait);

  /// Makes every pending `next` return.
  void wake();

 private:
  using Clock = std::chrono::steady_clock;
  /// When a job is due, and its place among jobs that are due at the same time.
  using DueTime = std::pair<Clock::time_point, std::uint64_t>;

  std::optional<JobId> take_due();
  void remove_first();

  const std::size_t max_size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<DueTime, JobId> by_due_time_;
  std::unordered_map<JobId, DueTime> due_times_;
  std::uint64_t added_ = 0;
  std::uint64_t wakes_ = 0;
  std::size_t readers_ = 0;  // that wait
};

}  // namespace convert::queue
