// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <convert/life_cycle.hpp>

#include "postgresql/connection_pool.hpp"

namespace convert::job_store::pg {

/// A change of a job's state, or its removal.
struct Move {
  Job before;
  Time now{};          ///< when `after` was computed
  Transition after{};  ///< gets the revision; of a removal, only `kind` is used
  bool removed = false;
  bool finished_at_commit = false;  ///< `finished` is the time of the statement, whatever it is in `after`
  bool stored = false;              ///< the answer: false if the job has changed since `before` was read
};

/// Stores the changes of jobs that still are as they were, in one statement, and makes ready the duplicates
/// that waited for them. `only_expired`: only of jobs whose lease has ended.
///
/// Errors: `conflict` (the blob of an output belongs to another job; nothing was stored), and those of the
/// connection. `clock` is the store's time, if that is not the server's.
postgresql::TransactionEnd store_moves(postgresql::ConnectionPool& pool, std::span<Move* const> moves,
                                       std::optional<Time> clock, bool only_expired = false);

}  // namespace convert::job_store::pg
