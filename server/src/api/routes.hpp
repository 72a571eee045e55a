// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/http.hpp>
#include <optional>

namespace convert::server::api {

/// 415 for a body with a Content-Encoding other than "identity" (RFC 9110, 8.4), before any of it is read:
/// no call here undoes one, and the bytes of a file are not to be taken for others. nullopt: there is none.
std::optional<Response> check_content_encoding(const Request& request);

}  // namespace convert::server::api
