// SPDX-License-Identifier: MIT
#include "api/tasks/raw_body.hpp"

#include "api/support/problems.hpp"
#include "http/message/field_values.hpp"
#include "http/message/file_name.hpp"

namespace convert::server::api {

std::optional<Response> check_raw_body(const Request& request, const EffectiveQuota& most) {
  const auto type = http::parse_media_type(request.field("Content-Type").value_or(""));
  if (type && type->type == "multipart/form-data") {
    return error_response(415, "unsupported_type",
                          "Send the file itself as the body (curl -T file), not a form that contains it.");
  }
  const auto length = request.body->length();
  if (!length) return {};
  if (*length == 0)
    return error_response(Error{Errc::empty_input, "There is no file: the body is empty.", false});
  if (most.file_bytes == 0 || *length <= most.file_bytes) return {};
  return error_response(
      413, "too_large",
      "The upload is larger than the " + std::to_string(most.file_bytes) + " bytes that one may have.");
}

std::string raw_name(const Request& request) {
  auto clean = http::sanitize_file_name(request.query_parameter("filename").value_or("input"));
  return clean ? std::move(*clean) : "input";
}

}  // namespace convert::server::api
