// SPDX-License-Identifier: MIT
#pragma once

#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include <convert/convert.hpp>

/// What a compromised decoder may try.
namespace convert::test {

/// The target of an attempt and the call in which it runs.
struct Attempt {
  std::string target;  ///< a path or a process id, depending on the attempt
  Outputs& outputs;
  const ConvertOptions& options;
};

/// The result of an attempt that the worker survived: the error that blocked it, or the report if it escaped.
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

// Each source file adds its attempts.
void add_system_call_attempts(Attempts& attempts);
void add_file_attempts(Attempts& attempts);
void add_resource_attempts(Attempts& attempts);
void add_protocol_attempts(Attempts& attempts);

}  // namespace convert::test
