// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace convert::storage {

inline constexpr std::size_t kMaxKeyLength = 512;
inline constexpr std::size_t kMaxSegmentLength = 255;  // what file systems allow a name to have

/// Whether `name` may stand between two slashes of a key.
bool is_segment(std::string_view name);

}  // namespace convert::storage
