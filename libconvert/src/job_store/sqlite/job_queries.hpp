// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <convert/job.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::job_store {

/// The jobs that match a filter.
std::vector<Job> list_jobs(sqlite::Connection& connection, const JobFilter& filter);

/// Those of `claims` that are no longer valid.
std::vector<Claim> find_lost_claims(sqlite::Connection& connection, std::span<const Claim> claims);

/// The revision of the newest entry of the change log; 0 if there is none.
Revision read_last_revision(sqlite::Connection& connection);

/// Must run in a transaction of the caller to be consistent.
Statistics read_statistics(sqlite::Connection& connection, Time now);

Usage read_usage(sqlite::Connection& connection, std::string_view owner);

std::vector<Change> list_changes(sqlite::Connection& connection, Revision after, std::size_t max);
std::vector<Change> list_job_changes(sqlite::Connection& connection, JobId id, Revision after,
                                     std::size_t max);

}  // namespace convert::job_store
