// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <convert/job.hpp>

#include "job_store/postgresql/job_row.hpp"
#include "postgresql/connection_pool.hpp"

/// Reads of jobs. `clock` is the store's time, if that is not the server's.
namespace convert::job_store::pg {

/// A job, and the store's time when it was read.
struct TimedJob {
  Job job;
  Time now{};
};

/// Errors: `not_found`.
Result<TimedJob> find_job(postgresql::ConnectionPool& pool, JobId id, std::optional<Time> clock);

/// Those of `ids` that exist, in the order of `ids`.
Result<std::vector<Job>> find_jobs(postgresql::ConnectionPool& pool, std::span<const JobId> ids);

/// The jobs that match a valid filter.
Result<std::vector<Job>> list_stored_jobs(postgresql::ConnectionPool& pool, const JobFilter& filter);

/// Up to `max` jobs whose leases have ended. Skips damaged records, unless there are no others.
Result<std::vector<TimedJob>> list_expired_jobs(postgresql::ConnectionPool& pool, std::size_t max,
                                                std::optional<Time> clock);

Result<std::vector<Claim>> find_lost(postgresql::ConnectionPool& pool, std::span<const Claim> claims);

Result<std::vector<Key>> find_unreferenced(postgresql::ConnectionPool& pool, std::span<const Key> keys);

/// All but the revision.
Result<Statistics> count_jobs(postgresql::ConnectionPool& pool, std::optional<Time> clock);

Result<Usage> sum_usage(postgresql::ConnectionPool& pool, std::string_view owner);

}  // namespace convert::job_store::pg
