// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// GET /
Async<Response> show_start_page(Services& services, Request& request);

}  // namespace convert::server::api
