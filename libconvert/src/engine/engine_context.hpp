// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include <convert/engine.hpp>

#include "engine/active_claims.hpp"
#include "engine/engine_log.hpp"
#include "engine/subscriptions.hpp"

namespace convert::engine {

/// Shares threads out among the jobs that run, evenly: each gets at least one, a lone one gets all. A job's
/// share changes as others start and end. Thread-safe.
class ThreadBudget {
 public:
  explicit ThreadBudget(unsigned threads) : threads_(threads) {}

  /// How many each of those that run may have now.
  unsigned per_job() const noexcept {
    return std::max(1U, threads_ / std::max(1U, running_.load(std::memory_order_relaxed)));
  }

  /// One job's place among them, for as long as it lives.
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

/// The options with everything filled in that was left to us, but for the Execution.
EngineOptions with_defaults(EngineOptions options);

/// What all parts of an engine share. Thread-safe.
class EngineContext {
 public:
  explicit EngineContext(EngineOptions complete);

  const EngineOptions options;
  const EngineLog log;
  ActiveClaims claims;
  ThreadBudget thread_budget;

  Storage& storage() const { return *options.storage; }
  JobStore& store() const { return *options.store; }

  /// Null as long as there is none.
  std::shared_ptr<Execution> execution() const;
  void execution(std::shared_ptr<Execution> execution);
  /// Those of the Execution; none without it.
  std::span<const Format> formats() const;

  /// Says when a queued job is ready. That it could not be said is logged: it starts later, then.
  void announce(const Job& job) const;

  /// Removes blobs that belong to nobody. What could not be removed is logged: housekeeping finds it.
  void remove_blobs(JobId job, std::span<const Key> keys) const;

  /// Lets an event happen, tells those who watch, and removes what it dropped.
  Result<Job> apply(JobId id, const Event& event);

  /// Forgets a job: its record first, which fences whoever runs it, then its blobs. `finished_before`: as
  /// JobStore::remove.
  Result<void> remove(JobId id, std::optional<Time> finished_before = {});

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<Execution> execution_;

 public:
  Subscriptions subscriptions;  // last: its end waits for a callback, which may use all the others
};

}  // namespace convert::engine
