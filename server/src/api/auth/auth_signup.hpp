// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// POST /api/auth/signup
Async<Response> sign_up(Services& services, Request& request);

}  // namespace convert::server::api
