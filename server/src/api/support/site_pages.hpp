// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// What GET /healthz is answered as long as the server lives.
Response liveness_response();

/// GET /readyz
Async<Response> show_readiness(Services& services, Request& request);

}  // namespace convert::server::api
