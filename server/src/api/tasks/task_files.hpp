// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// GET /api/tasks/{id}/input, GET /api/download/{id}
Async<Response> get_input(Services& services, Request& request);
/// GET /api/tasks/{id}/output
Async<Response> get_output(Services& services, Request& request);
/// GET /api/tasks/{id}/outputs/{name}
Async<Response> get_output_by_name(Services& services, Request& request);
/// GET /api/files/{filename}
Async<Response> get_file_by_name(Services& services, Request& request);

}  // namespace convert::server::api
