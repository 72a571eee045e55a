// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// PUT /api/tasks/{id}
Async<Response> replace_task(Services& services, Request& request);
/// DELETE /api/tasks/{id}
Async<Response> remove_task(Services& services, Request& request);
/// POST /api/tasks/{id}/cancel
Async<Response> cancel_task(Services& services, Request& request);

}  // namespace convert::server::api
