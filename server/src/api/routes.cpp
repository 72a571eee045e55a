// SPDX-License-Identifier: MIT
#include "api/routes.hpp"

#include <algorithm>
#include <string_view>

#include "api/support/problems.hpp"
#include "http/message/field_values.hpp"

namespace convert::server::api {
namespace {

/// A list of codings, in which empty elements mean nothing (RFC 9110, 5.6.1.2).
bool is_identity_only(std::string_view codings) {
  while (!codings.empty()) {
    const std::size_t comma = std::min(codings.find(','), codings.size());
    const std::string_view coding = http::trim(codings.substr(0, comma));
    if (!coding.empty() && !http::equals_ignore_case(coding, "identity")) return false;
    codings.remove_prefix(std::min(comma + 1, codings.size()));
  }
  return true;
}

}  // namespace

std::optional<Response> check_content_encoding(const Request& request) {
  if (request.body->length() == 0) return {};
  for (const FieldView& field : request.fields) {
    if (!http::equals_ignore_case(field.name, "Content-Encoding") || is_identity_only(field.value)) continue;
    return error_response(
               415, "unsupported_encoding",
               "The body has a Content-Encoding, and none is undone here. Send the body without one.")
        .with("Accept-Encoding", "identity");
  }
  return {};
}

}  // namespace convert::server::api
