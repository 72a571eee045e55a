// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <cstddef>
#include <string_view>

#include "api/support/fields.hpp"

namespace convert::server::api {

inline constexpr std::size_t kMaxFieldBytes = std::size_t{256} << 10;  ///< of all fields of a request
inline constexpr std::size_t kMaxJsonDepth = 32;                       ///< levels of objects and arrays
inline constexpr std::size_t kMaxFieldNameBytes = 256;                 ///< bytes

/// Adds the members of the JSON object `text` to `fields`. Members are text, numbers, true or false; null is
/// as if it were not there; an object is kept as JSON. Errors: `invalid_argument`: it is no JSON (RFC 8259),
/// no object, nested too deep, has a member twice or an array where a value belongs.
Result<void> add_json(std::string_view text, Fields& fields);

}  // namespace convert::server::api
