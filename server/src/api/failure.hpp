// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <convert/result.hpp>
#include <optional>
#include <string>

namespace convert::server::api {

/// A failure as clients are told of it.
struct Failure {
  unsigned status = 500;
  std::string code;    ///< stable, for programs
  std::string detail;  ///< a sentence for people; names no path, no statement, no address of ours
  std::optional<std::chrono::seconds> retry_after{};
};

/// What an error of the library means to the client whose request met it.
Failure failure_of(const Error& error);

/// As `failure_of`, for an error in reading a body: 408 where the client was too slow, 413 where it was too
/// large.
Failure body_failure_of(const Error& error);

/// The sentence of `error` for strangers: its own, or a general one where its own may name what is internal.
std::string public_message(const Error& error);

}  // namespace convert::server::api
