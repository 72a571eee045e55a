// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <convert/engine.hpp>

#include "engine/active_claims.hpp"
#include "engine/engine_log.hpp"
#include "engine/orphan_marks.hpp"
#include "engine/subscriptions/subscriptions.hpp"

namespace convert::engine {

/// Divides the threads evenly among the running jobs: each gets at least one, a single job gets all. The
/// number changes when jobs start and end. Thread-safe.
class ThreadBudget {
 public:
  explicit ThreadBudget(unsigned threads) : threads_(threads) {}

  /// The number of threads for each running job now.
  unsigned per_job() const noexcept {
    return std::max(1U, threads_ / std::max(1U, running_.load(std::memory_order_relaxed)));
  }

  /// Counts one running job, for its lifetime.
  class Share {
   public:
    explicit Share(ThreadBudget& budget) : budget_(budget) { ++budget_.running_; }
    ~Share() { --budget_.running_; }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    ThreadBudget& budget_;
  };

 private:
  const unsigned threads_;
  std::atomic<unsigned> running_{0};
};

/// The options with all defaults filled in, except for the Execution.
EngineOptions with_defaults(EngineOptions options);

/// What all parts of an engine share: options, backends, claims and subscriptions. Thread-safe.
class EngineContext {
 public:
  explicit EngineContext(EngineOptions complete);

  const EngineOptions options;
  const EngineLog log;
  ActiveClaims claims;
  ThreadBudget thread_budget;
  OrphanMarks orphan_marks;
  /// A job failed because something was unavailable: no job is claimed before the Storage is ready again, so
  /// that an outage costs each job one attempt, not all.
  std::atomic<bool> storage_suspected = false;

  Storage& storage() const { return *options.storage; }
  JobStore& store() const { return *options.store; }

  /// Null if there is none yet.
  std::shared_ptr<Execution> execution() const;
  void execution(std::shared_ptr<Execution> execution);
  /// The formats of the Execution; without one, EngineOptions::formats.
  std::span<const Format> formats() const;

  /// Announces when a queued job is ready. A failure is only logged: the next sweep finds the job.
  void announce(const Job& job) const;

  /// Deletes blobs that no job references. A failure is only logged: housekeeping deletes them later.
  void remove_blobs(JobId job, std::span<const Key> keys) const;

  /// The same in a thread of its own, without waiting for it. Housekeeping deletes those that are left when
  /// the engine ends.
  void remove_blobs_later(JobId job, std::vector<Key> keys);

  /// Applies an event, notifies subscribers, and deletes the blobs that it dropped.
  Result<Job> apply(JobId id, const Event& event);

  /// Deletes a job: first its record, which fences a worker that runs it, then its blobs. `finished_before`:
  /// as JobStore::remove.
  Result<void> remove(JobId id, std::optional<Time> finished_before = {});

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Execution> execution_;
  CallbackThread removals_;  // its callbacks use the members above

 public:
  Subscriptions subscriptions;  // last: its destructor waits for a callback, which may use the other members
};

}  // namespace convert::engine
