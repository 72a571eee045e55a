// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "api/support/services.hpp"

namespace convert::server::api {

/// Who may call a route.
enum class Access : std::uint8_t {
  anyone,         ///< no authentication
  authenticated,  ///< a token or an API key, or whom the host has let in
  token_only,     ///< as `caller`, but no API key: what a leaked key shall not do
  link_holder     ///< as `caller`, or the holder of a signed link to the task (GET and HEAD)
};

/// Finds out who asks, by `Authorization: Bearer`, `?link=` or the host's own authentication, and puts it
/// into `request.identity`. An answer instead: 401, 403 (an API key where only a person may), 5xx.
Async<std::optional<Response>> authenticate(Services& services, Request& request, Access access);

/// Whether what a request was authenticated by holds still: not when it has expired or been revoked, or its
/// account has been closed, nor when that cannot be found out. Outlives the request. Empty: whom the host
/// has let in by its own authentication stays in.
std::function<Async<bool>()> credential_recheck(Services& services, const Request& request);

/// The caller, in a handler whose route is not for anyone.
const Identity& caller(const Request& request);

}  // namespace convert::server::api
