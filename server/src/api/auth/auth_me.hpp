// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

Async<Response> show_account(Services& services, Request& request);    ///< GET /api/auth/me
Async<Response> change_account(Services& services, Request& request);  ///< PATCH /api/auth/me
Async<Response> delete_account(Services& services, Request& request);  ///< DELETE /api/auth/me

}  // namespace convert::server::api
