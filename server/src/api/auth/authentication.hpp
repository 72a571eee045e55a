// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

// Whom a credential stands for: nobody, if it is forged, expired, revoked, or its account is gone or
// disabled. Errors: what keeps the server from finding that out.

Async<Outcome<std::optional<Identity>>> identity_of_token(Services& services, std::string token);
Async<Outcome<std::optional<Identity>>> identity_of_key(Services& services, std::string key);
/// As the owner of `task`, for that task alone.
Async<Outcome<std::optional<Identity>>> identity_of_link(Services& services, std::optional<JobId> task,
                                                         std::string link);
/// The same, if one knows whose task it is, or was.
Async<Outcome<std::optional<Identity>>> identity_of_link(Services& services, JobId task, std::string owner,
                                                         std::string link);

/// What the server knows of the owner of a task that links are made for; owners of the host's: nothing.
struct LinkOwner {
  std::uint32_t epoch = 0;  ///< for LinkSubject
  std::string name{};       ///< for people
};
/// Errors: `not_found`: it is gone, disabled or leaving.
Async<Outcome<LinkOwner>> link_owner(Services& services, std::string owner);

/// Who may call a route.
enum class Access : std::uint8_t {
  anyone,         ///< no authentication
  authenticated,  ///< a token or an API key, or whom the host has let in
  token_only,     ///< as `caller`, but no API key: what a leaked key shall not do
  link_holder     ///< as `caller`, or the holder of a signed link to the task (GET and HEAD)
};

/// Finds out who asks, by `Authorization: Bearer`, `?link=` or the host's own authentication, and puts it
/// into `request.identity`. An answer instead: 401, 403 (an API key where only a person may), 5xx.
Async<Outcome<void>> authenticate(Services& services, Request& request, Access access);

/// Whether what a request was authenticated by holds still: not when it has expired or been revoked, or its
/// account has been closed, nor when that cannot be found out. Outlives the request. Empty: whom the host
/// has let in by its own authentication stays in.
std::function<Async<bool>()> credential_recheck(Services& services, const Request& request);

/// The caller, in a handler whose route is not for anyone.
const Identity& caller(const Request& request);

}  // namespace convert::server::api
