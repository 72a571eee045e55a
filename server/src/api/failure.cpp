// SPDX-License-Identifier: MIT
#include "api/failure.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace convert::server::api {
namespace {

struct Meaning {
  Errc code;
  unsigned status;            // RFC 9110, section 15
  std::string_view sentence;  // instead of the error's own, which may name what is internal
  unsigned retry_seconds;     // 0: trying again is no advice
};

constexpr std::string_view kNothingHere = "There is nothing here under that name.";
constexpr std::string_view kNotInFile =
    "The file has no such entry, or holds nothing at all: POST /api/probe lists what is in it.";

constexpr std::array kMeanings{
    Meaning{Errc::invalid_argument, 400, {}, 0},
    Meaning{Errc::unsupported, 415, {}, 0},
    Meaning{Errc::not_found, 404, kNothingHere, 0},
    Meaning{Errc::conflict, 409,
            "That can't be done as things are now: look at what there is, and try again.", 0},
    Meaning{Errc::corrupt_input, 422, {}, 0},
    Meaning{Errc::limit_exceeded, 413, {}, 0},
    Meaning{Errc::cancelled, 503, "The work was stopped before it ended. Try again.", 1},
    Meaning{Errc::unavailable, 503, "The service can't do this at the moment. Try again soon.", 2},
    Meaning{Errc::io, 500, "The service could not read or write its data. Its operator has been told.", 0},
    Meaning{Errc::internal, 500, "The service has failed. Its operator has been told.", 0},
    Meaning{Errc::empty_input, 422, {}, 0},
    Meaning{Errc::unrecognized_input, 422, {}, 0},
    Meaning{Errc::truncated_input, 422, {}, 0},
    Meaning{Errc::encrypted_input, 422, {}, 0},
    Meaning{Errc::no_such_stream, 422, {}, 0},
    Meaning{Errc::external_reference, 422, {}, 0},
    Meaning{Errc::unsafe_path, 422, {}, 0},
    Meaning{Errc::decompression_bomb, 422, {}, 0},
    Meaning{Errc::deadline_exceeded, 422, {}, 0},
    Meaning{Errc::crashed, 422, "The conversion ended by a crash, which this input seems to cause.", 0},
    Meaning{Errc::stalled, 422, {}, 0},
    Meaning{Errc::forbidden, 422, "The conversion was stopped: this input made it try what it may not.", 0},
};

const Meaning& meaning_of(Errc code) {
  const auto at =
      std::find_if(kMeanings.begin(), kMeanings.end(), [&](const Meaning& m) { return m.code == code; });
  // A code that is newer than this table is told as a defect.
  return at != kMeanings.end() ? *at : meaning_of(Errc::internal);
}

/// The sentence of `error` for strangers: its own, or a general one where its own may name what is internal.
std::string public_message(const Error& error) {
  const std::string_view general = meaning_of(error.code).sentence;
  return general.empty() ? error.message : std::string(general);
}

}  // namespace

Failure failure_of(const Error& error) {
  // A full disk passes.
  if (error.code == Errc::io && error.retryable) return failure_of({Errc::unavailable, error.message, true});
  const Meaning& meaning = meaning_of(error.code);
  Failure failure{meaning.status, std::string(to_string(error.code)), public_message(error), {}};
  if (meaning.status >= 500 && failure.detail != error.message) failure.cause = error.message;
  if (meaning.retry_seconds > 0) failure.retry_after = std::chrono::seconds(meaning.retry_seconds);
  return failure;
}

Failure conversion_failure_of(const Error& error) {
  if (error.code != Errc::not_found) return failure_of(error);
  return {422, "not_found", std::string(kNotInFile), {}};
}

Failure body_failure_of(const Error& error) {
  if (error.code == Errc::deadline_exceeded) {
    return {408, "too_slow", "The body came too slowly. Send it again, in one go.", {}};
  }
  if (error.code == Errc::io) {
    return {400, "incomplete_body", "The body ended before its announced end. Send it again.", {}};
  }
  if (error.code == Errc::limit_exceeded) {
    return {413, "too_large", "The body is larger than it may be here.", {}};
  }
  return failure_of(error);
}

}  // namespace convert::server::api
