// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// The route's parameter `id`: 1 to 19 digits, no leading zero.
std::optional<JobId> parse_task_id(const Request& request);

/// The task with the route's parameter `id`, if the caller may see it. Every handler gets its job from here.
/// Problem: `not_found`, identical for other owners' tasks, missing tasks and invalid ids.
Async<Outcome<Job>> find_task(Services& services, Request& request);

}  // namespace convert::server::api
