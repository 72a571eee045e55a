// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <unordered_map>

#include <convert/job_store.hpp>

#include "engine/board.hpp"

namespace convert::engine {

/// Reads the log of changes from a cursor on, and tells those on the board. Used by one thread.
class Reading {
 public:
  Reading(JobStore& store, Board& board) : store_(store), board_(board) {}

  /// Lines up to that one are nobody's business, as nobody watched when they were written.
  void skip_to(Revision revision);

  /// Tells all that is new. What is not told because of an error is told the next time.
  Result<void> go_on();

  /// Asks how far the jobs are that were told to be running.
  Result<void> look_at_progress();

 private:
  Result<void> find_the_end();
  Result<void> greet();
  Result<void> handle(const Change& change);
  void tell(const Job& job, Revision revision);

  JobStore& store_;
  Board& board_;
  std::optional<Revision> cursor_;
  Board::Watching greeting_;                     // those to be told how their job is
  std::unordered_map<JobId, Revision> ahead_;    // told already, beyond the cursor
  std::unordered_map<JobId, Revision> running_;  // told to be running
};

}  // namespace convert::engine
