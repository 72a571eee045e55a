// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <convert/result.hpp>

namespace convert::library {

/// One member of a JSON object. A member of an object inside it is named "outer.inner".
struct JsonMember {
  enum class Kind : std::uint8_t { text, number, object };
  std::string name;
  Kind kind = Kind::text;
  std::string text;  ///< of a number: as it was written, so that nothing of it gets lost
};

/// The members of a JSON object in their order: texts, numbers, and objects of them one level deep
/// (an object is listed itself, before its members). Errors: `invalid_argument`, saying what is wrong and
/// where.
Result<std::vector<JsonMember>> parse_json_members(std::string_view json);

}  // namespace convert::library
