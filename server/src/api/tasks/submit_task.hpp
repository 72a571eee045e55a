// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <variant>

#include <convert/server/http.hpp>

#include "api/support/services.hpp"

namespace convert::server::api {

/// Receives the form of a new task, and submits its job. With a `unique_key`, the job that was made under it
/// before, if there is one.
Async<std::variant<Job, Response>> receive_task(Services& services, Request& request, std::string unique_key);

}  // namespace convert::server::api
