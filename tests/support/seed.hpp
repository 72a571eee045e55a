// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace convert::test {

/// Of this run's random choices: CONVERT_TEST_SEED if that is set, else chosen anew. Printed when it is
/// asked for.
std::uint32_t seed();

/// Whether the run is to be the long one: CONVERT_TEST_FULL is set.
bool full_run();

}  // namespace convert::test
