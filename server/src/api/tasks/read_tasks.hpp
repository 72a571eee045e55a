// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// GET /api/tasks
Async<Response> list_tasks(Services& services, Request& request);
/// GET /api/tasks/{id}
Async<Response> get_task(Services& services, Request& request);

}  // namespace convert::server::api
