// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <convert/result.hpp>
#include <convert/server/http.hpp>

namespace convert::server::api {

/// A failure as clients are told of it.
struct Problem {
  unsigned status = 500;
  std::string code;    ///< stable, for programs
  std::string detail;  ///< a sentence for people; names no path, no statement, no address of ours
  std::optional<std::chrono::seconds> retry_after{};
  std::string cause{};  ///< for the operator's log: what the sentence keeps back of what went wrong with us
};

/// What an error of the library means to the client whose request met it.
Problem problem_of(const Error& error);

/// As `problem_of`, for an error of a conversion: what is not there is in the client's file, not at the
/// address.
Problem conversion_problem(const Error& error);

/// As `problem_of`, for an error in reading a body: 408 where the client was too slow, 413 where it was too
/// large.
Problem body_problem(const Error& error);

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
