// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <unordered_map>

#include <convert/job_store.hpp>

#include "engine/subscriber_registry.hpp"

namespace convert::engine {

/// Reads the log of changes from a cursor on, and tells those on the board. Used by one thread.
class ChangeCursor {
 public:
  ChangeCursor(JobStore& store, SubscriberRegistry& registry) : store_(store), registry_(registry) {}

  /// Lines up to that one are nobody's business, as nobody watched when they were written.
  void skip_to(Revision revision);

  /// Tells all that is new. What is not told because of an error is told the next time.
  Result<void> poll();

  /// Asks how far the jobs are that were told to be running.
  Result<void> poll_progress();

 private:
  Result<void> seek_to_end();
  Result<void> deliver_snapshots();
  Result<void> handle(const Change& change);
  void notify_subscribers(const Job& job, Revision revision);

  JobStore& store_;
  SubscriberRegistry& registry_;
  std::optional<Revision> cursor_;
  SubscriberRegistry::JobSubscribers awaiting_snapshot_;  // those to be told how their job is
  std::unordered_map<JobId, Revision> delivered_ahead_;   // told already, beyond the cursor
  std::unordered_map<JobId, Revision> running_;           // told to be running
};

}  // namespace convert::engine
