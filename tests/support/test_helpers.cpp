// SPDX-License-Identifier: MIT
#include "support/test_helpers.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <random>

namespace convert::test {

std::uint32_t seed() {
  const char* const given = std::getenv("CONVERT_TEST_SEED");
  const auto value = given != nullptr ? static_cast<std::uint32_t>(std::strtoul(given, nullptr, 10))
                                      : static_cast<std::uint32_t>(std::random_device()());
  fmt::print("CONVERT_TEST_SEED={}\n", value);
  std::fflush(stdout);
  return value;
}

bool full_run() { return std::getenv("CONVERT_TEST_FULL") != nullptr; }

}  // namespace convert::test
