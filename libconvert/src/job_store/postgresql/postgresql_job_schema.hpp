// SPDX-License-Identifier: MIT
#pragma once

#include "postgresql/postgresql_schema.hpp"

namespace convert::job_store::pg {

/// The tables of the job store, as the component "jobs".
const postgresql::Schema& job_tables();

}  // namespace convert::job_store::pg
