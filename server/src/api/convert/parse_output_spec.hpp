// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <convert/server/http.hpp>

#include "api/support/request_fields.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// What a file is to become, or the refusal.
using SpecOrResponse = std::variant<OutputSpec, Response>;

/// From the fields `newFormat` and `options` (JSON).
SpecOrResponse parse_output_spec(const Engine& engine, const Fields& fields);
/// From those that are there so far: nothing to refuse yet is a success.
std::optional<Response> check_spec_fields(const Engine& engine, const Fields& fields);

/// Of a conversion of that many files, if its format takes but one.
std::optional<Response> check_file_count(const Engine& engine, const OutputSpec& spec, std::size_t files);

/// From the query of a streaming conversion or a plan: `to`, `options` (JSON), and every option by its name.
SpecOrResponse parse_query_spec(const Engine& engine, const Request& request);

/// 503: conversions do not run yet.
Response service_starting();

}  // namespace convert::server::api
