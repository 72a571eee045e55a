// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

#include <convert/job.hpp>

#include "job_store/job_record.hpp"
#include "sqlite/session.hpp"

/// Where jobs stand in the queue, and the counts by which owners get their turns.
namespace convert::job_store {

/// Counts a job of the owner that went from one place to another.
void count_move(sqlite::Session& session, const JobRequest& request, Place from, Place to);

/// Puts a queued job to another place.
void move_to(sqlite::Session& session, Record& record, Place to, Time due);

/// Makes up to `max` delayed jobs ready whose time has come. How many.
std::size_t promote_due(sqlite::Session& session, Time now, std::size_t max);

/// Whether a job with the same fingerprint runs.
bool twin_runs(sqlite::Session& session, const Job& job);

/// Makes ready those that wait for a twin which runs no more: of each owner the one whose turn it is. The
/// others would have to wait for that one again.
void free_twins(sqlite::Session& session, std::string_view fingerprint);

}  // namespace convert::job_store
