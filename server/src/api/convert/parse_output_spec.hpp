// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/request_fields.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// The conversion that the fields `newFormat` and `options` (JSON) describe, checked by the Engine.
Outcome<OutputSpec> parse_output_spec(const Engine& engine, const Fields& fields);

/// The same from the query of a streaming conversion or a plan: `to`, `options` (JSON), and every option by
/// its own name.
Outcome<OutputSpec> parse_query_spec(const Engine& engine, const Request& request);

/// Fails if the target format of `spec` holds one file and there are more.
Outcome<void> check_file_count(const Engine& engine, const OutputSpec& spec, std::size_t files);

/// 503: the Engine has not started yet.
Problem service_starting();

}  // namespace convert::server::api
