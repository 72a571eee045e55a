// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <convert/job.hpp>
#include <convert/life_cycle.hpp>

#include "job_store/sqlite/job_record.hpp"
#include "sqlite/sqlite_connection.hpp"

/// Operations on jobs that change several tables. They run in a transaction of the caller, who checks the
/// connection's error afterwards and rolls back after an error.
namespace convert::job_store {

std::optional<Record> find_record(sqlite::Connection& connection, JobId id);

/// Inserts a job, its blobs and its entry in the change log. Errors: `invalid_argument`, `conflict`.
Result<Job> insert_job(sqlite::Connection& connection, const JobRequest& request, Time now);

/// Stores a transition of `next` from `before` and sets the job's revision. Errors: `conflict` (the blob of
/// an output belongs to another job).
Result<void> store_transition(sqlite::Connection& connection, const Record& before, Transition& transition,
                              Time now);

/// Applies an event through `next`. Errors: `not_found`, and those of `next`.
Result<Transition> apply_event(sqlite::Connection& connection, JobId id, const Event& event, Time now);

/// Inserts the lease of a claimed job.
void insert_lease(sqlite::Connection& connection, const Job& job, Time now, std::chrono::milliseconds lease);

/// As `JobStore::remove`.
Result<Job> remove_job(sqlite::Connection& connection, JobId id, const std::optional<Time>& finished_before,
                       Time now);

/// Interrupts up to `max` jobs whose leases have ended, and returns them.
Result<std::vector<Job>> expire_leases(sqlite::Connection& connection, std::size_t max, Time now);

/// Renews the leases of these claims. Returns the claims that are no longer valid.
std::vector<Claim> renew_leases(sqlite::Connection& connection, std::span<const ClaimHeartbeat> heartbeats,
                                std::chrono::milliseconds lease, Time now);

/// As `JobStore::elect`.
bool elect_host(sqlite::Connection& connection, std::string_view role, std::string_view host,
                std::chrono::milliseconds lease, Time now);

/// Removes those of the `max` oldest entries of the change log that are older than `before`. Returns their
/// number.
std::size_t trim_log(sqlite::Connection& connection, Time before, std::size_t max);

}  // namespace convert::job_store
