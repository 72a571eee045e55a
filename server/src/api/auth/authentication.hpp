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

// The identity behind a credential; nullopt if it is forged, expired or revoked, or if its account is deleted
// or disabled. Problem: the stores cannot be read.

Async<Outcome<std::optional<Identity>>> identity_of_token(Services& services, std::string token);
Async<Outcome<std::optional<Identity>>> identity_of_key(Services& services, std::string key);
/// The owner of `task`, limited to that task.
Async<Outcome<std::optional<Identity>>> identity_of_link(Services& services, std::optional<JobId> task,
                                                         std::string link);
/// The same for a task whose owner is known, even if the task is deleted.
Async<Outcome<std::optional<Identity>>> identity_of_link(Services& services, JobId task, std::string owner,
                                                         std::string link);

/// The owner of a task, as signed links need it. Empty if the host authenticates users itself.
struct LinkOwner {
  std::uint32_t epoch = 0;  ///< part of the LinkSubject
  std::string name{};       ///< shown to users
};
/// Problem: `not_found` if the account is deleted, being deleted or disabled.
Async<Outcome<LinkOwner>> link_owner(Services& services, std::string owner);

/// 200 with a new token of the account: {"token", "access_token", "token_type", "expires_in"}, after
/// "message" if that is not empty.
Async<Response> issue_token(Services& services, std::string account, std::uint32_t epoch,
                            std::string_view message);

/// Who may call a route.
enum class Access : std::uint8_t {
  anyone,         ///< no authentication
  authenticated,  ///< a token, an API key, or the host's own authentication
  token_only,     ///< as `authenticated`, but no API key: limits the damage of a leaked key
  link_holder     ///< as `authenticated`, or a signed link to the task (GET and HEAD only)
};

/// Authenticates the request by `Authorization: Bearer`, `?link=` or the host's own authentication, and sets
/// `request.identity`. Problem: 401, 403 (an API key where a token is needed), 5xx.
Async<Outcome<void>> authenticate(Services& services, Request& request, Access access);

/// Checks again whether the credential of a request is valid: false after it has expired or was revoked,
/// after its account was deleted or disabled, and if the stores cannot be read. Outlives the request. Empty
/// for the host's own authentication, which is not repeated.
std::function<Async<bool>()> credential_recheck(Services& services, const Request& request);

/// The authenticated caller. Only in handlers of routes that are not `Access::anyone`.
const Identity& caller(const Request& request);

}  // namespace convert::server::api
