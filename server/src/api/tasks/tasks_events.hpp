// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// GET /api/tasks/{id}/events
Async<Response> stream_task_events(Services& services, Request& request);

}  // namespace convert::server::api
