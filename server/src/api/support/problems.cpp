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
  std::string_view public_text;  // instead of the error's own, which may name what is internal
  unsigned retry_seconds;        // 0: trying again is no advice
};

constexpr std::string_view kNotFoundText = "There is nothing here under that name.";
constexpr std::string_view kNoSuchEntryText =
    "The file has no such entry, or holds nothing at all: POST /api/probe lists what is in it.";

constexpr std::array kErrorMappings{
    ErrorMapping{Errc::invalid_argument, 400, {}, 0},
    ErrorMapping{Errc::unsupported, 415, {}, 0},
    ErrorMapping{Errc::not_found, 404, kNotFoundText, 0},
    ErrorMapping{Errc::conflict, 409,
                 "That can't be done as things are now: look at what there is, and try again.", 0},
    ErrorMapping{Errc::corrupt_input, 422, {}, 0},
    ErrorMapping{Errc::limit_exceeded, 413, {}, 0},
    ErrorMapping{Errc::cancelled, 503, "The work was stopped before it ended. Try again.", 1},
    ErrorMapping{Errc::unavailable, 503, "The service can't do this at the moment. Try again soon.", 2},
    ErrorMapping{Errc::io, 500, "The service could not read or write its data. Its operator has been told.",
                 0},
    ErrorMapping{Errc::internal, 500, "The service has failed. Its operator has been told.", 0},
    ErrorMapping{Errc::empty_input, 422, {}, 0},
    ErrorMapping{Errc::unrecognized_input, 422, {}, 0},
    ErrorMapping{Errc::truncated_input, 422, {}, 0},
    ErrorMapping{Errc::encrypted_input, 422, {}, 0},
    ErrorMapping{Errc::no_such_stream, 422, {}, 0},
    ErrorMapping{Errc::external_reference, 422, {}, 0},
    ErrorMapping{Errc::unsafe_path, 422, {}, 0},
    ErrorMapping{Errc::decompression_bomb, 422, {}, 0},
    ErrorMapping{Errc::deadline_exceeded, 422, {}, 0},
    ErrorMapping{Errc::crashed, 422, "The conversion ended by a crash, which this input seems to cause.", 0},
    ErrorMapping{Errc::stalled, 422, {}, 0},
    ErrorMapping{Errc::forbidden, 422, "The conversion was stopped: this input made it try what it may not.",
                 0},
};

const ErrorMapping& mapping_of(Errc code) {
  const auto at = std::find_if(kErrorMappings.begin(), kErrorMappings.end(),
                               [&](const ErrorMapping& m) { return m.code == code; });
  // A code that is newer than this table is told as a defect.
  return at != kErrorMappings.end() ? *at : mapping_of(Errc::internal);
}

/// The sentence of `error` for strangers: its own, or a general one where its own may name what is internal.
std::string public_message(const Error& error) {
  const std::string_view general = mapping_of(error.code).public_text;
  return general.empty() ? error.message : std::string(general);
}

}  // namespace

Problem problem_of(const Error& error) {
  // A full disk passes.
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
    return {408, "too_slow", "The body came too slowly. Send it again, in one go.", {}};
  }
  if (error.code == Errc::io) {
    return {400, "incomplete_body", "The body ended before its announced end. Send it again.", {}};
  }
  if (error.code == Errc::limit_exceeded) {
    return {413, "too_large", "The body is larger than it may be here.", {}};
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
             "Log in first: send \"Authorization: Bearer\" with a token from login or with an API key "
             "that are valid.")
      .with("WWW-Authenticate", "Bearer");
}

}  // namespace convert::server::api
