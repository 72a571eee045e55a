// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <string_view>

#include "api/support/services.hpp"

namespace convert::server::api {

/// server/api/openapi.json: what this server answers, for programs (OpenAPI 3.1).
std::string_view openapi_text() noexcept;

/// GET /openapi.json
Async<Response> show_openapi(Services& services, Request& request);

}  // namespace convert::server::api
