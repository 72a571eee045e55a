// SPDX-License-Identifier: MIT
#include "api/support/problems.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace convert::server::api {
namespace {

Response with_retry(Response response, std::chrono::milliseconds after) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(after).count();
  return std::move(response).with("Retry-After", std::to_string(std::max<std::int64_t>(seconds, 1)));
}

}  // namespace

Response error_response(const Problem& failure) {
  Response response = problem_response(failure.status, failure.code, failure.detail);
  response.cause = failure.cause;
  if (failure.retry_after) return with_retry(std::move(response), *failure.retry_after);
  return response;
}

Response error_response(const Error& error) { return error_response(problem_of(error)); }

Response error_response(unsigned status, std::string_view code, std::string_view detail) {
  return problem_response(status, code, detail);
}

Response error_response(unsigned status, std::string_view code, std::string_view detail,
                        std::chrono::milliseconds after) {
  return with_retry(problem_response(status, code, detail), after);
}

Response bad_request(std::string_view code, std::string_view detail) {
  return problem_response(400, code, detail);
}

Response not_found() { return error_response(Error{Errc::not_found, {}, false}); }

Response unauthorized() {
  return problem_response(
             401, "unauthorized",
             "Log in first: send \"Authorization: Bearer\" with a token from login or with an API key "
             "that are valid.")
      .with("WWW-Authenticate", "Bearer");
}

}  // namespace convert::server::api
