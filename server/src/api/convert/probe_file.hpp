// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// POST /api/probe
Async<Response> probe_file(Services& services, Request& request);
/// POST /api/plan
Async<Response> plan_file(Services& services, Request& request);

}  // namespace convert::server::api
