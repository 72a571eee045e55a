// SPDX-License-Identifier: MIT
#pragma once

#include "sqlite/sqlite_database.hpp"

namespace convert::job_store {

/// The schema of the job database.
const sqlite::Schema& job_schema();

}  // namespace convert::job_store
