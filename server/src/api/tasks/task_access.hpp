// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// The number in the route's parameter `id`: 1 to 19 digits.
std::optional<JobId> parse_task_id(const Request& request);

/// The task that the route's parameter `id` names, if the caller may see it: the only way to a job.
/// Errors: `not_found`, the same for somebody else's, for none and for what is no number.
Async<Outcome<Job>> find_task(Services& services, Request& request);

}  // namespace convert::server::api
