// SPDX-License-Identifier: MIT
#pragma once

#include <convert/job.hpp>

#include "postgresql/rows.hpp"

namespace convert::job_store::pg {

/// A job as the tables hold it.
struct StoredJob {
  Job job;
  bool supported = true;  ///< false if its spec has values that this build does not know
};

/// The number of columns that `read_job_row` reads.
inline constexpr int kJobRowColumns = 30;

/// Reads the columns of a job in the current row, from the column `first` on. Errors: `internal` (damaged).
Result<StoredJob> read_job_row(const postgresql::Rows& row, int first = 0);

}  // namespace convert::job_store::pg
