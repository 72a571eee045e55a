// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace convert::test {

/// For what cannot fail in a test that goes on.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace convert::test
