// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <convert/result.hpp>
#include <optional>
#include <string>

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

}  // namespace convert::server::api
