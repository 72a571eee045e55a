// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include <convert/result.hpp>
#include <convert/server/field.hpp>

namespace convert::server::http {

/// The pairs of `application/x-www-form-urlencoded`, or of a query, in their order and decoded; doubled names
/// are kept. invalid_argument: bad escapes, text that is not UTF-8 or has a NUL, more than `max_fields`
/// pairs.
Result<std::vector<Field>> parse_form(std::string_view text, std::size_t max_fields = 1'000);

}  // namespace convert::server::http
