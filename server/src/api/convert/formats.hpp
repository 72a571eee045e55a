// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// GET /api/formats
Async<Response> list_formats(Services& services, Request& request);

}  // namespace convert::server::api
