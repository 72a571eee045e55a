// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <convert/job.hpp>

#include "postgresql/connection_pool.hpp"

namespace convert::job_store::pg {

/// Records new jobs, several in one statement. One answer for each request, as `JobStore::insert` gives it.
/// `clock` is the store's time, if that is not the server's.
std::vector<Result<Job>> insert_jobs(postgresql::ConnectionPool& pool,
                                     std::span<const JobRequest* const> requests, std::optional<Time> clock);

}  // namespace convert::job_store::pg
