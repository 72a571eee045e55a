// SPDX-License-Identifier: MIT
#include "conversion/catch_exceptions.hpp"

#include <fmt/format.h>

#include <exception>
#include <new>
#include <system_error>

namespace convert::conversion {

Error current_exception_error(std::string_view who) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return Error{Errc::unavailable, fmt::format("The {} ran out of memory. Try again later.", who), true};
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again) {
      return Error{Errc::unavailable, "No more threads can be started now. Try again later.", true};
    }
    return Error{Errc::internal, fmt::format("The {} failed unexpectedly: {}.", who, error.what())};
  } catch (const std::exception& exception) {
    return Error{Errc::internal, fmt::format("The {} failed unexpectedly: {}.", who, exception.what())};
  }
}

}  // namespace convert::conversion
