// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

Async<Response> create_key(Services& services, Request& request);  ///< POST /api/auth/keys
Async<Response> list_keys(Services& services, Request& request);   ///< GET /api/auth/keys
Async<Response> delete_key(Services& services, Request& request);  ///< DELETE /api/auth/keys/{id}

}  // namespace convert::server::api
