// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "api/support/services.hpp"

namespace convert::server::api {

// Whom a credential stands for: nobody, if it is forged, expired, revoked, or its account is gone or
// disabled. Errors: what keeps the server from finding that out.

Async<Result<std::optional<Identity>>> identity_of_token(Services& services, std::string token);
Async<Result<std::optional<Identity>>> identity_of_key(Services& services, std::string key);
/// As the owner of `task`, for that task alone.
Async<Result<std::optional<Identity>>> identity_of_link(Services& services, std::optional<JobId> task,
                                                        std::string link);
/// The same, if one knows whose task it is, or was.
Async<Result<std::optional<Identity>>> identity_of_link(Services& services, JobId task, std::string owner,
                                                        std::string link);

/// What the server knows of the owner of a task that links are made for; owners of the host's: nothing.
struct LinkOwner {
  std::uint32_t epoch = 0;  ///< for LinkSubject
  std::string name{};       ///< for people
};
/// Errors: `not_found`: it is gone, disabled or leaving.
Async<Result<LinkOwner>> link_owner(Services& services, std::string owner);

}  // namespace convert::server::api
