// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

#include <convert/job.hpp>

#include "job_store/sqlite/job_record.hpp"
#include "sqlite/sqlite_connection.hpp"

/// Where jobs stand in the queue, and the counts by which owners get their turns.
namespace convert::job_store {

/// Counts a job of the owner that went from one place to another.
void count_move(sqlite::Connection& connection, const JobRequest& request, QueueState from, QueueState to);

/// Puts a queued job to another place.
void move_to(sqlite::Connection& connection, Record& record, QueueState to, Time due);

/// Makes up to `max` delayed jobs ready whose time has come. How many.
std::size_t promote_due(sqlite::Connection& connection, Time now, std::size_t max);

/// Whether a job with the same fingerprint runs.
bool has_running_duplicate(sqlite::Connection& connection, const Job& job);

/// Makes ready those that wait for a twin which runs no more: of each owner the one whose turn it is. The
/// others would have to wait for that one again.
void release_duplicates(sqlite::Connection& connection, std::string_view fingerprint);

}  // namespace convert::job_store
