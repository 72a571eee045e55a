// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <convert/job.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::job_store {

/// The state of a queued job. The numbers are stored and appear in job_statements.hpp.
enum class QueueState : std::uint8_t {
  none = 0,     ///< not queued: it runs or has ended
  ready = 1,    ///< can be claimed
  delayed = 2,  ///< its `not_before` has not passed, or had not at the last claim
  waiting = 3,  ///< a duplicate (same fingerprint) was running when it was its turn
};

/// A job with the columns that only the store uses.
struct Record {
  Job job;
  QueueState queue_state = QueueState::none;
  Time due{};             ///< when a queued job became ready, or will
  bool supported = true;  ///< false if its spec has values that this build does not know
};

/// Reads the cursor's row, which has the columns of CONVERT_JOB_COLUMNS. Sets the connection's error if it is
/// damaged.
std::optional<Record> read_record(sqlite::Connection& connection, const sqlite::Cursor& row);

/// Inserts a new job. Nothing if the owner already has a job with its unique key.
std::optional<JobId> insert_record(sqlite::Connection& connection, const Record& record);

/// Writes the columns that an event may have changed; spec and fingerprint only if `replaced`, so that a spec
/// of a newer build stays unchanged.
void update_record(sqlite::Connection& connection, const Record& record, bool replaced);

}  // namespace convert::job_store
