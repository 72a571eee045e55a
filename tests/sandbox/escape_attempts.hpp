// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include <convert/convert.hpp>

/// What a decoder does that was taken over by its file.
namespace convert::test {

/// One attempt: what it is to work on, and the call it was made in.
struct Attempt {
  std::string target;  ///< a path, a process number or a port, by the attempt
  Outputs& outputs;
  const ConvertOptions& options;
};

/// What came of it, if the worker is still there: the error that stopped it, or how it got out.
struct Outcome {
  std::optional<Error> blocked;
  Report escaped;
};

inline Outcome blocked(const std::string& how) {
  return {Error{Errc::io, "The attempt was stopped: " + how + "."}, {}};
}
inline Outcome blocked_by_errno(const std::string& call) {
  return blocked(call + ": " + std::generic_category().message(errno));
}
inline Outcome escaped() { return {}; }

using Attempts = std::map<std::string, Outcome (*)(const Attempt&)>;

// Each file of attempts adds its own.
void add_system_call_attempts(Attempts& attempts);
void add_file_attempts(Attempts& attempts);
void add_resource_attempts(Attempts& attempts);
void add_protocol_attempts(Attempts& attempts);

}  // namespace convert::test
