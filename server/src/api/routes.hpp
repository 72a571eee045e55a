// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/server/http.hpp>
#include <convert/server/router.hpp>

#include "api/auth/authentication.hpp"
#include "api/auth/rate_limits.hpp"
#include "api/handlers.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// One route of the API.
struct ApiRoute {
  Method method;
  std::string_view pattern;
  ApiHandler handler;
  Access access = Access::authenticated;
  RateClass rate_class = RateClass::general;
  std::uint64_t max_body_bytes = 0;  ///< 0: the default for a body of fields
  bool streaming = false;            ///< the response may start before the body has ended
};

/// The table of all routes.
std::span<const ApiRoute> api_routes() noexcept;

/// A Router with these routes. `services` outlives it.
Router routes(Services& services);

}  // namespace convert::server::api
