// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>

#include <chrono>

namespace convert::test {

/// Looks until `condition` holds or the time is up; answers which.
template <class Condition>
bool eventually(std::chrono::milliseconds patience, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    ::poll(nullptr, 0, 5);  // between two looks
  }
  return true;
}

}  // namespace convert::test
