// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <convert/server/http.hpp>
#include <string_view>

#include "api/support/failure.hpp"

namespace convert::server::api {

// Every answer that is no success is made here: a problem document (RFC 9457) with the member "error".

Response error_response(const Problem& problem);
Response error_response(const Error& error);  ///< as problem_of
Response error_response(unsigned status, std::string_view code, std::string_view detail);
/// With Retry-After, at least one second: 429 and 503.
Response error_response(unsigned status, std::string_view code, std::string_view detail,
                        std::chrono::milliseconds after);

Response bad_request(std::string_view code, std::string_view detail);  ///< 400
Response not_found();                                                  ///< 404, always the same
Response unauthorized();  ///< 401 with WWW-Authenticate (RFC 6750)

}  // namespace convert::server::api
