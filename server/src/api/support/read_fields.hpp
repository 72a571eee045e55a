// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/request_fields.hpp"

namespace convert::server::api {

/// The fields of a request's body: JSON, application/x-www-form-urlencoded or multipart/form-data alike
/// (files are passed over), nothing for an empty body. Reads it to its end. Errors: `invalid_argument`;
/// `limit_exceeded`: more than 256 KiB; `unsupported`: another type (415); those of Body.
Async<Outcome<Fields>> read_fields(Request& request, FieldContext context);

/// The arguments of the query, by the same names. Errors: `invalid_argument`.
Outcome<Fields> query_fields(const Request& request, FieldContext context);

/// A whole body of at most `max_bytes` bytes. Errors: `limit_exceeded`, those of Body.
Async<Outcome<std::string>> read_body(Request& request, std::size_t max_bytes);

}  // namespace convert::server::api
