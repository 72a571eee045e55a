// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include <convert/job.hpp>

namespace convert::engine {

/// Runs callbacks somewhere; empty: at once, in the thread that has something to tell.
using Executor = std::function<void(std::function<void()>)>;

/// All jobs; changes up to `after` are no news.
struct AllJobsAfter {
  Revision after = 0;
};

/// One who wants to be told, about one job or about all. What there is to tell waits in it, one entry a job,
/// and is told in order, one at a time, on its executor. Thread-safe.
class JobSubscriber : public std::enable_shared_from_this<JobSubscriber> {
 public:
  /// Answers whether it wants more.
  using Callback = std::function<bool(const Job&)>;

  /// Of one job: first how it is, whenever that began; then all that is newer.
  JobSubscriber(JobId job, Callback callback, Executor executor);
  JobSubscriber(AllJobsAfter jobs, Callback callback, Executor executor);

  std::optional<JobId> job() const noexcept { return job_; }

  /// A job as it is after the change `revision`.
  void notify(const Job& job, Revision revision);

  /// How far a running job is. Told only as long as this very run is what was told last of it.
  void notify_progress(const Job& job, double fraction);

  /// From now on, no call is begun.
  void close();
  bool closed() const;

 private:
  struct DeliveredProgress {
    Revision revision = 0;
    double progress = 0;
  };

  void queue(std::unique_lock<std::mutex> lock, const Job& job);
  void drain();

  const std::optional<JobId> job_;
  const Executor executor_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Callback> callback_;  // null: ended
  Revision after_ = 0;
  bool needs_snapshot_ = false;                           // not told yet how its job is
  std::unordered_map<JobId, DeliveredProgress> running_;  // what was last told of jobs that run
  std::deque<JobId> order_;
  std::unordered_map<JobId, Job> waiting_;
  bool draining_ = false;
};

/// One who wants the lines of the log themselves. Those that he has not been told yet wait in it, and are
/// told together, one call at a time, on its executor. Thread-safe.
class ChangeSubscriber : public std::enable_shared_from_this<ChangeSubscriber> {
 public:
  using Callback = std::function<void(std::span<const Change>)>;

  /// Lines up to `after` are no news.
  ChangeSubscriber(Revision after, Callback callback, Executor executor);

  /// Lines of the log in their order; those that it has had already may be among them.
  void notify(std::span<const Change> lines);

  /// From now on, no call is begun.
  void close();

 private:
  void drain();

  const Executor executor_;
  std::mutex mutex_;
  std::shared_ptr<const Callback> callback_;  // null: ended
  Revision after_;
  std::vector<Change> waiting_;
  bool draining_ = false;
};

}  // namespace convert::engine
