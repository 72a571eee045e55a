// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include <convert/job.hpp>

#include "postgresql/connection_pool.hpp"

/// The log of changes. Transactions commit in another order than that of their revisions, so readers see only
/// what lies below the revisions of all transactions that may still write.
namespace convert::job_store::pg {

/// As `JobStore::changes`.
Result<std::vector<Change>> read_changes(postgresql::ConnectionPool& pool, Revision after, std::size_t max);

/// As `JobStore::job_changes`.
Result<std::vector<Change>> read_job_changes(postgresql::ConnectionPool& pool, JobId id, Revision after,
                                             std::size_t max);

/// As `JobStore::last_revision`.
Result<Revision> read_last_revision(postgresql::ConnectionPool& pool);

/// As `JobStore::trim_changes`.
Result<void> trim_changes(postgresql::ConnectionPool& pool, Time before);

}  // namespace convert::job_store::pg
