// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/request_fields.hpp"

namespace convert::server::api {

/// Reads the body to its end and parses its fields: JSON, application/x-www-form-urlencoded or
/// multipart/form-data (files are ignored); no fields for an empty body. Problem: `invalid_argument`;
/// `too_large` (more than 256 KiB); `unsupported` (another type, 415); those of `body_problem`.
Async<Outcome<Fields>> read_fields(Request& request, FieldContext context);

/// The fields of the query. Problem: `invalid_argument`.
Outcome<Fields> query_fields(const Request& request, FieldContext context);

/// A complete body of at most `max_bytes` bytes. Problem: `too_large`, those of `body_problem`.
Async<Outcome<std::string>> read_body(Request& request, std::size_t max_bytes);

}  // namespace convert::server::api
