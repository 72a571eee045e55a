// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <exception>
#include <new>
#include <type_traits>
#include <utility>

#include <convert/result.hpp>

namespace convert::library {

/// The one edge at which what a Converter (or a library below it) throws becomes an Error.
template <class Call>
auto catch_converter_exceptions(Call&& call) -> std::invoke_result_t<Call> {
  try {
    return std::forward<Call>(call)();
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, "There is not enough memory for now. Try again later.", true};
  } catch (const std::exception& exception) {
    return Error{Errc::internal, fmt::format("A converter failed unexpectedly: {}.", exception.what())};
  }
}

}  // namespace convert::library
