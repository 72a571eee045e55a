// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

#include <convert/result.hpp>

#include "api/support/problems.hpp"
#include "api/support/request_fields.hpp"

namespace convert::server::api {

inline constexpr std::size_t kMaxFieldBytes = std::size_t{256} << 10;  ///< of all fields of a request
inline constexpr std::size_t kMaxJsonDepth = 32;                       ///< levels of objects and arrays
inline constexpr std::size_t kMaxFieldNameBytes = 256;                 ///< bytes

/// Adds the members of the JSON object `text` to `fields`. Members are strings, numbers, true or false; null
/// counts as missing; an object is kept as JSON. Problem: `invalid_argument` if it is not JSON (RFC 8259),
/// not an object, nested too deeply, repeats a member or has an array as a member.
Outcome<void> add_json(std::string_view text, Fields& fields);

/// Adds the text parts of a complete multipart/form-data body to `fields`; files are ignored.
/// Problem: `invalid_argument`.
Outcome<void> add_multipart(std::string_view boundary, std::string_view body, Fields& fields);

}  // namespace convert::server::api
