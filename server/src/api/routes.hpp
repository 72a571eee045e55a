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
  std::uint64_t max_body_bytes = 0;  ///< the most that its body may have; 0: what fields may have
  bool streaming = false;            ///< its answer may begin before its body has ended
};

/// Every route: the table.
std::span<const ApiRoute> api_routes() noexcept;

/// A Router that answers them. `services` outlives it.
Router routes(Services& services);

}  // namespace convert::server::api
