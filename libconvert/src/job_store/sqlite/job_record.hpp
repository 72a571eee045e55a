// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <convert/job.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::job_store {

/// Where a job stands among the queued ones. Numbers are stored, and stand in the statements.
enum class QueueState : std::uint8_t {
  none = 0,     ///< it runs or has ended
  ready = 1,    ///< may be claimed
  delayed = 2,  ///< its time has not come, or had not when somebody last looked
  waiting = 3,  ///< a twin ran when it was its turn
};

/// A job and what the store alone knows of it.
struct Record {
  Job job;
  QueueState queue_state = QueueState::none;
  Time due{};             ///< of a queued job: when it was, or will be, ready
  bool supported = true;  ///< false: its spec says something that this build does not know
};

/// The row where the cursor stands, with the columns of CONVERT_JOB_COLUMNS. Where it is damaged the session
/// fails.
std::optional<Record> read_record(sqlite::Connection& connection, const sqlite::Cursor& row);

/// Inserts a new job. Nothing: the owner has another one with its unique key.
std::optional<JobId> insert_record(sqlite::Connection& connection, const Record& record);

/// Writes what an event may have changed; the spec and the fingerprint only with `replaced`, so that a spec
/// which this build does not understand stays as it is.
void update_record(sqlite::Connection& connection, const Record& record, bool replaced);

}  // namespace convert::job_store
