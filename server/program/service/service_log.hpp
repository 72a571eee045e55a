// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <convert/storage.hpp>

namespace convertd {

inline convert::Time now() {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace convertd
