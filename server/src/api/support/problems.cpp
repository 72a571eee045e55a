// SPDX-License-Identifier: MIT
#include "api/support/problems.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace convert::server::api {
namespace {

struct ErrorMapping {
  Errc code;
  unsigned status;               // RFC 9110, section 15
  std::string_view public_text;  // replaces the error's message, which may contain internal details
  unsigned retry_seconds;        // 0: no Retry-After
};

constexpr std::string_view kNotFoundText = "Not found.";
constexpr std::string_view kNoSuchEntryText =
    "The file has no such entry or is empty. POST /api/probe lists its content.";

constexpr std::array kErrorMappings{
    ErrorMapping{Errc::invalid_argument, 400, {}, 0},
    ErrorMapping{Errc::unsupported, 415, {}, 0},
    ErrorMapping{Errc::not_found, 404, kNotFoundText, 0},
    ErrorMapping{Errc::conflict, 409,
                 "The request conflicts with the current state. Read it again and retry.", 0},
    ErrorMapping{Errc::corrupt_input, 422, {}, 0},
    ErrorMapping{Errc::limit_exceeded, 413, {}, 0},
    ErrorMapping{Errc::cancelled, 503, "The operation was cancelled. Try again.", 1},
    ErrorMapping{Errc::unavailable, 503, "The service is temporarily unavailable. Try again soon.", 2},
    ErrorMapping{Errc::io, 500,
                 "The service could not read or write its data. The cause is in the server's log.", 0},
    ErrorMapping{Errc::internal, 500, "Internal error of the service. The cause is in the server's log.", 0},
    ErrorMapping{Errc::empty_input, 422, {}, 0},
    ErrorMapping{Errc::unrecognized_input, 422, {}, 0},
    ErrorMapping{Errc::truncated_input, 422, {}, 0},
    ErrorMapping{Errc::encrypted_input, 422, {}, 0},
    ErrorMapping{Errc::no_such_stream, 422, {}, 0},
    ErrorMapping{Errc::external_reference, 422, {}, 0},
    ErrorMapping{Errc::unsafe_path, 422, {}, 0},
    ErrorMapping{Errc::decompression_bomb, 422, {}, 0},
    ErrorMapping{Errc::deadline_exceeded, 422, {}, 0},
    ErrorMapping{Errc::crashed, 422, "The conversion crashed, probably because of this input.", 0},
    ErrorMapping{Errc::stalled, 422, {}, 0},
    ErrorMapping{Errc::forbidden, 422,
                 "The conversion was stopped because this input made it attempt a forbidden operation.", 0},
};

const ErrorMapping& mapping_of(Errc code) {
  const auto at = std::find_if(kErrorMappings.begin(), kErrorMappings.end(),
                               [&](const ErrorMapping& m) { return m.code == code; });
  // An unknown code is reported as an internal error.
  return at != kErrorMappings.end() ? *at : mapping_of(Errc::internal);
}

/// The text for clients: the error's message, or a general text if the message may contain internal details.
std::string public_message(const Error& error) {
  const std::string_view general = mapping_of(error.code).public_text;
  return general.empty() ? error.message : std::string(general);
}

}  // namespace

Problem problem_of(const Error& error) {
  // A full disk is a temporary condition.
  if (error.code == Errc::io && error.retryable) return problem_of({Errc::unavailable, error.message, true});
  const ErrorMapping& mapping = mapping_of(error.code);
  Problem problem{mapping.status, std::string(to_string(error.code)), public_message(error), {}};
  if (mapping.status >= 500 && problem.detail != error.message) problem.cause = error.message;
  if (mapping.retry_seconds > 0) problem.retry_after = std::chrono::seconds(mapping.retry_seconds);
  return problem;
}

Problem conversion_problem(const Error& error) {
  if (error.code != Errc::not_found) return problem_of(error);
  return {422, "not_found", std::string(kNoSuchEntryText), {}};
}

Problem body_problem(const Error& error) {
  if (error.code == Errc::deadline_exceeded) {
    return {408, "too_slow", "The body was sent too slowly. Send it again.", {}};
  }
  if (error.code == Errc::io) {
    return {400, "incomplete_body", "The body is shorter than announced. Send it again.", {}};
  }
  if (error.code == Errc::limit_exceeded) {
    return {413, "too_large", "The body is too large.", {}};
  }
  return problem_of(error);
}

Problem Problem::with(std::string_view name, std::string_view value) && {
  fields.push_back({std::string(name), std::string(value)});
  return std::move(*this);
}

Problem make_problem(unsigned status, std::string_view code, std::string_view detail) {
  return {status, std::string(code), std::string(detail)};
}

Problem make_problem(unsigned status, std::string_view code, std::string_view detail,
                     std::chrono::milliseconds retry_after) {
  return {status, std::string(code), std::string(detail), retry_after};
}

Problem bad_request(std::string_view code, std::string_view detail) {
  return make_problem(400, code, detail);
}

Problem not_found() { return problem_of(Error{Errc::not_found, {}, false}); }

Problem unauthorized() {
  return make_problem(
             401, "unauthorized",
             "Authentication is required. Send \"Authorization: Bearer\" with a valid token or API key.")
      .with("WWW-Authenticate", "Bearer");
}

}  // namespace convert::server::api
