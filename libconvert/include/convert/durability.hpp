// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace convert {

/// What acknowledged data survive.
enum class Durability : std::uint8_t {
  power,    ///< a loss of power: everything is flushed to the device first
  process,  ///< the death of any process, but not of the machine: no flush
};

}  // namespace convert
