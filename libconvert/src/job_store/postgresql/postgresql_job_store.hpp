// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <convert/job_store.hpp>

#include "postgresql/connection_options.hpp"

namespace convert::job_store::pg {

/// As `postgresql_job_store`, with all options of the connection: for tests.
Result<std::shared_ptr<JobStore>> open_store(postgresql::ConnectionOptions options, Clock clock = {});

}  // namespace convert::job_store::pg
