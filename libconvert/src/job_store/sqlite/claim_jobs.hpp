// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <convert/job.hpp>

#include "sqlite/sqlite_connection.hpp"

namespace convert::job_store {

struct ClaimBatch {
  std::vector<Job> jobs;
  bool call_again = false;  ///< nothing was claimed, but only because much had to be put aside first
};

/// Claims jobs in the order of `JobStore::claim`. In a transaction of the caller, and so bounded: what is
/// left to do is done by the next call.
ClaimBatch claim_jobs(sqlite::Connection& connection, const ClaimRequest& request, Time now);

}  // namespace convert::job_store
