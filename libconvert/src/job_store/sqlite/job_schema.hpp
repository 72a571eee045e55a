// SPDX-License-Identifier: MIT
#pragma once

#include "sqlite/sqlite_database.hpp"

namespace convert::job_store {

/// The tables of this build.
const sqlite::Schema& job_schema();

}  // namespace convert::job_store
