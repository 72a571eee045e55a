// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <convert/job.hpp>

#include "job_store/memory/fair_scheduler.hpp"

namespace convert::job_store {

/// The queued jobs: delayed ones (`not_before` has not passed), ones that wait for a running duplicate (a job
/// with the same fingerprint), and ready ones, which it passes to the FairScheduler. Of an owner's duplicates
/// only the first is in the scheduler, since the others would have to leave it once that one is claimed: so
/// thousands of duplicates cost a claim no more than one.
///
/// Keeps pointers to the jobs, which must not change between `add` and `remove`, nor between `started` and
/// `ended`.
class ReadyQueue {
 public:
  explicit ReadyQueue(FairScheduler& scheduler) : scheduler_(scheduler) {}

  void add(const Job& job, Time now);
  void remove(const Job& job);

  void started(const Job& job);  ///< its duplicates wait from now on
  void ended(const Job& job);    ///< its duplicates are ready again

  /// Moves jobs between delayed and ready according to `now`, which may also be earlier than before.
  void update_time(Time now);

  std::size_t delayed() const { return delayed_.size(); }
  std::size_t waiting() const { return waiting_; }
  std::size_t ready() const { return due_.size() - waiting_; }
  /// When the oldest ready job became ready.
  std::optional<Time> oldest_ready() const;

 private:
  using ByTime = std::map<std::pair<Time, JobId>, const Job*>;
  using JobRank = std::tuple<std::int64_t, std::int64_t, JobId>;  // urgency, priority, id
  using OwnerQueue = std::map<JobRank, const Job*>;

  struct Duplicates {
    bool running = false;
    std::size_t size = 0;                            // of all owner queues
    std::map<std::string, OwnerQueue> owner_queues;  // by owner
  };

  static JobRank rank_of(const Job& job) {
    return {-std::int64_t{job.request.urgency}, -std::int64_t{job.request.priority}, job.id};
  }
  void add_due(const Job& job);
  void remove_due(const Job& job);
  void drop_if_empty(const std::string& fingerprint);

  FairScheduler& scheduler_;
  ByTime delayed_;
  ByTime due_;
  ByTime ages_;                                             // the jobs of due_, by the time they became ready
  std::unordered_map<std::string, Duplicates> duplicates_;  // by fingerprint
  std::size_t waiting_ = 0;
};

}  // namespace convert::job_store
