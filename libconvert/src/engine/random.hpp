// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace convert::engine {

/// So many random bytes as hexadecimal digits. Nobody can guess them. Thread-safe.
std::string random_hex(std::size_t bytes);

/// Between 0 and 1. Thread-safe.
double random_fraction();

}  // namespace convert::engine
