// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// POST /api/tasks
Async<Response> create_task(Services& services, Request& request);

}  // namespace convert::server::api
