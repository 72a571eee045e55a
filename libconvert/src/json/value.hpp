// SPDX-License-Identifier: MIT
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>

#include <convert/result.hpp>

namespace convert::json {

/// What a text may be.
struct ParseLimits {
  std::size_t depth = 32;     ///< of objects and arrays in each other
  bool any_bytes = false;     ///< texts need not be UTF-8, as names of files need not
  bool doubled_names = true;  ///< an object may have a name twice: the last counts
};

/// The one value that `text` is. Errors: `invalid_argument`, a sentence that says what is wrong and where,
/// and repeats nothing of the text.
Result<boost::json::value> parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace convert::json
