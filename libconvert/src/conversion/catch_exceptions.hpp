// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include <convert/result.hpp>

namespace convert::conversion {

/// The exception that is being handled, as an error. `who` threw it ("Reader", "converter"). `unavailable`
/// and retryable if memory or threads ran out, else `internal`.
Error current_exception_error(std::string_view who);

/// Calls `call` and returns its result. An exception of code that is not ours (an embedder's Reader, Writer
/// or Outputs, a converter) must not pass through C libraries or end one of our threads: it becomes an error.
template <class Call>
auto catch_exceptions(std::string_view who, Call&& call) -> std::invoke_result_t<Call> {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    return current_exception_error(who);
  }
}

}  // namespace convert::conversion
