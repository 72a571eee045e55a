// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <convert/media_info.hpp>
#include <convert/result.hpp>

namespace convert::test {

/// The value of a result. Throws its error.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// Polls `condition` until it is true or the time has passed. Returns whether it became true.
template <class Condition>
bool eventually(std::chrono::milliseconds patience, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 5);  // milliseconds
  }
  return true;
}

inline bool warned(const std::vector<Warning>& warnings, WarningCode code) {
  return std::any_of(warnings.begin(), warnings.end(),
                     [code](const Warning& warning) { return warning.code == code; });
}

/// The seed of this run's random choices: CONVERT_TEST_SEED if that is set, otherwise random. Prints it.
std::uint32_t seed();

/// Whether this is a full run: CONVERT_TEST_FULL is set.
bool full_run();

}  // namespace convert::test
