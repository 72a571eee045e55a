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

/// The queued jobs: those whose time has not come, those that wait for a twin, and those that `FairScheduler`
/// may give out. Of the twins of one owner only the first stands in the Turns, since the others would have to
/// leave as soon as it is claimed: thousands of twins cost a claim no more than one.
///
/// Jobs are held by address, and must not change from `add` to `remove`, nor from `started` to `ended`.
class ReadyQueue {
 public:
  explicit ReadyQueue(FairScheduler& turns) : scheduler_(turns) {}

  void add(const Job& job, Time now);
  void remove(const Job& job);

  void started(const Job& job);  ///< its twins wait from now on
  void ended(const Job& job);    ///< and now they don't

  /// Moves jobs whose time has come to the Turns, and back when the clock was set back.
  void update_time(Time now);

  std::size_t delayed() const { return delayed_.size(); }
  std::size_t waiting() const { return waiting_; }
  std::size_t ready() const { return due_.size() - waiting_; }
  /// Since when the oldest ready job could run.
  std::optional<Time> oldest_ready() const;

 private:
  using ByTime = std::map<std::pair<Time, JobId>, const Job*>;
  using JobRank = std::tuple<std::int64_t, std::int64_t, JobId>;  // urgency, priority, id
  using OwnerQueue = std::map<JobRank, const Job*>;

  struct Duplicates {
    bool running = false;
    std::size_t size = 0;                            // of all lines
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
  ByTime ages_;                                             // those of due_, by since when they could run
  std::unordered_map<std::string, Duplicates> duplicates_;  // by fingerprint
  std::size_t waiting_ = 0;
};

}  // namespace convert::job_store
