// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <vector>

#include <convert/media_info.hpp>

namespace convert::test {

inline bool warned(const std::vector<Warning>& warnings, WarningCode code) {
  return std::any_of(warnings.begin(), warnings.end(),
                     [code](const Warning& warning) { return warning.code == code; });
}

}  // namespace convert::test
