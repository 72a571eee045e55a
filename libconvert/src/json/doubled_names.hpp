// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace convert::json {

/// Where in `text`, which is valid JSON, an object has a name for the second time: behind that name. Of two
/// such members one program takes the first and another the last, which is how checks are passed by.
std::optional<std::size_t> find_doubled_name(std::string_view text, std::size_t depth);

}  // namespace convert::json
