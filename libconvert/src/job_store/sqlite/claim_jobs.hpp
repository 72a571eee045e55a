// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <convert/job.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::job_store {

struct ClaimBatch {
  std::vector<Job> jobs;
  bool call_again = false;  ///< nothing was claimed yet, as many jobs had to be postponed first
};

/// Claims jobs in the order of `JobStore::claim`. Runs in a transaction of the caller, so the work of a call
/// is bounded; the next call continues.
ClaimBatch claim_jobs(sqlite::Connection& connection, const ClaimRequest& request, Time now);

}  // namespace convert::job_store
