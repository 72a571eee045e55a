// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

/// What the suites have in common.
namespace convert::conformance {

/// Long enough for what has to happen on the busiest machine; a test that waits so long has failed.
inline constexpr std::chrono::seconds kDeadline{60};

/// A number to choose by, another one for each run; it is printed. CONVERT_TEST_SEED in the environment gives
/// one.
inline std::uint64_t seed() {
  const char* given = std::getenv("CONVERT_TEST_SEED");
  const std::uint64_t chosen = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "CONVERT_TEST_SEED=" << chosen << std::endl;
  return chosen;
}

/// `ordinary`, or `full` with CONVERT_TEST_FULL in the environment.
inline int amount(int ordinary, int full) {
  return std::getenv("CONVERT_TEST_FULL") == nullptr ? ordinary : full;
}

}  // namespace convert::conformance
