// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <convert/job.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::job_store {

/// The jobs that match a filter.
std::vector<Job> list_jobs(sqlite::Connection& connection, const JobFilter& filter);

/// Must run in a transaction of the caller to be consistent.
Statistics read_statistics(sqlite::Connection& connection, Time now);

Usage read_usage(sqlite::Connection& connection, std::string_view owner);

std::vector<Change> list_changes(sqlite::Connection& connection, Revision after, std::size_t max);

}  // namespace convert::job_store
