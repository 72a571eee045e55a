// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

#include <convert/job.hpp>

#include "job_store/sqlite/job_record.hpp"
#include "sqlite/sqlite_connection.hpp"

/// Queue states of jobs, and the counts by which owners take turns.
namespace convert::job_store {

/// Updates the owner's counts after a job moved between queue states.
void count_move(sqlite::Connection& connection, const JobRequest& request, QueueState from, QueueState to);

/// Moves a queued job to another queue state.
void move_to(sqlite::Connection& connection, Record& record, QueueState to, Time due);

/// Makes up to `max` delayed jobs ready whose time has come. Returns their number.
std::size_t promote_due(sqlite::Connection& connection, Time now, std::size_t max);

/// Whether a job with the same fingerprint is running.
bool has_running_duplicate(sqlite::Connection& connection, const Job& job);

/// Makes ready the first waiting job of each owner with this fingerprint. The others would have to wait for
/// that one again.
void release_duplicates(sqlite::Connection& connection, std::string_view fingerprint);

}  // namespace convert::job_store
