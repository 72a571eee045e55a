// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <exception>
#include <new>

#include <convert/result.hpp>

namespace convert::base {

/// What an embedder's Reader, Writer or Outputs throws must not pass through C libraries or end a thread of
/// ours: it becomes an error.
template <class Call>
auto catch_exceptions(const char* who, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, fmt::format("The {} ran out of memory. Try again later.", who), true};
  } catch (const std::exception& exception) {
    return Error{Errc::internal, fmt::format("The {} failed unexpectedly: {}.", who, exception.what())};
  }
}

}  // namespace convert::base
