// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include <convert/job.hpp>
#include <convert/life_cycle.hpp>

#include "job_store/sqlite/job_record.hpp"
#include "sqlite/sqlite_connection.hpp"

/// What happens to a job, in all tables at once. Inside a transaction of the caller, who looks at the
/// session's failure afterwards; where an Error is returned, he rolls back too.
namespace convert::job_store {

std::optional<Record> find_record(sqlite::Connection& connection, JobId id);

/// A new job, its blobs and its line of the log. Errors: `invalid_argument`, `conflict`.
Result<Job> insert_job(sqlite::Connection& connection, const JobRequest& request, Time now);

/// Stores what `next` made of `before`, and gives it its revision. Errors: `conflict` (an output's blob is
/// another job's).
Result<void> store_transition(sqlite::Connection& connection, const Record& before, Transition& transition,
                              Time now);

/// An event by its name, through `next`. Errors: `not_found`, and those of `next`.
Result<Transition> apply_event(sqlite::Connection& connection, JobId id, const Event& event, Time now);

/// The lease of a job that was claimed.
void insert_lease(sqlite::Connection& connection, const Job& job, Time now, std::chrono::milliseconds lease);

/// Errors: `not_found`; `conflict`, as JobStore::remove.
Result<Job> remove_job(sqlite::Connection& connection, JobId id, const std::optional<Time>& finished_before,
                       Time now);

/// Up to `max` jobs whose lease has run out, interrupted.
Result<std::vector<Job>> expire_leases(sqlite::Connection& connection, std::size_t max, Time now);

/// Those of the beats whose claim is not right any more.
std::vector<Claim> renew_leases(sqlite::Connection& connection, std::span<const ClaimHeartbeat> heartbeats,
                                std::chrono::milliseconds lease, Time now);

/// Removes those of the `max` oldest lines of the log that are older. How many.
std::size_t trim_log(sqlite::Connection& connection, Time before, std::size_t max);

}  // namespace convert::job_store
