// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// POST /api/tasks/{id}/links
Async<Response> create_links(Services& services, Request& request);

}  // namespace convert::server::api
