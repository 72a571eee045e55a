// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <optional>
#include <string>

#include "api/tasks/quota.hpp"

namespace convert::server::api {

/// What can be told of a body that is the file itself, before it is read: nothing, or the refusal.
std::optional<Response> check_raw_body(const Request& request, const EffectiveQuota& most);

/// What the file is called: the argument `filename`, or "input".
std::string raw_name(const Request& request);

}  // namespace convert::server::api
