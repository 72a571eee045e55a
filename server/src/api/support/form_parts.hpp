// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <string_view>

#include "api/support/fields.hpp"

namespace convert::server::api {

/// Adds the text parts of a whole multipart/form-data body to `fields`; files are passed over.
/// Errors: `invalid_argument`.
Result<void> add_multipart(std::string_view boundary, std::string_view body, Fields& fields);

}  // namespace convert::server::api
