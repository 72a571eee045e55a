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

/// Runs callbacks. Empty: the notifying thread runs them at once.
using Executor = std::function<void(std::function<void()>)>;

/// All jobs, starting after the change `after`.
struct AllJobsAfter {
  Revision after = 0;
};

/// A subscriber to one job or to all jobs. Keeps the latest undelivered state of each job and delivers the
/// states in order, one call at a time, on its executor. Thread-safe.
class JobSubscriber : public std::enable_shared_from_this<JobSubscriber> {
 public:
  /// Returns whether to continue.
  using Callback = std::function<bool(const Job&)>;

  /// One job: delivers its present state first, then all later changes.
  JobSubscriber(JobId job, Callback callback, Executor executor);
  JobSubscriber(AllJobsAfter jobs, Callback callback, Executor executor);

  std::optional<JobId> job() const noexcept { return job_; }

  /// Delivers a job as it is after the change `revision`.
  void notify(const Job& job, Revision revision);

  /// Delivers the progress of a running job, if this run is the last state delivered.
  void notify_progress(const Job& job, double fraction);

  /// No new call starts after this.
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
  std::shared_ptr<const Callback> callback_;  // null: closed
  Revision after_ = 0;
  bool needs_snapshot_ = false;                           // its job's present state is not delivered yet
  std::unordered_map<JobId, DeliveredProgress> running_;  // the last delivered state of running jobs
  std::deque<JobId> order_;
  std::unordered_map<JobId, Job> waiting_;
  bool draining_ = false;
};

/// A subscriber to the entries of the change log. Collects undelivered entries and delivers them in batches,
/// one call at a time, on its executor. Thread-safe.
class ChangeSubscriber : public std::enable_shared_from_this<ChangeSubscriber> {
 public:
  using Callback = std::function<void(std::span<const Change>)>;

  /// Skips entries up to `after`.
  ChangeSubscriber(Revision after, Callback callback, Executor executor);

  /// Adds entries in log order; skips those that were added before.
  void notify(std::span<const Change> lines);

  /// No new call starts after this.
  void close();

 private:
  void drain();

  const Executor executor_;
  std::mutex mutex_;
  std::shared_ptr<const Callback> callback_;  // null: closed
  Revision after_;
  std::vector<Change> waiting_;
  bool draining_ = false;
};

}  // namespace convert::engine
