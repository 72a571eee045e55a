// SPDX-License-Identifier: MIT
#include "api/raw_body.hpp"

#include "api/errors.hpp"
#include "http/field_values.hpp"
#include "http/file_name.hpp"

namespace convert::server::api {

std::optional<Response> refuse_raw_body(const Request& request, const Allowance& most) {
  const auto type = http::parse_media_type(request.field("Content-Type").value_or(""));
  if (type && type->type == "multipart/form-data") {
    return refusal(415, "unsupported_type",
                   "Send the file itself as the body (curl -T file), not a form that contains it.");
  }
  const auto length = request.body->length();
  if (!length) return {};
  if (*length == 0) return refusal(Error{Errc::empty_input, "There is no file: the body is empty.", false});
  if (most.file_bytes == 0 || *length <= most.file_bytes) return {};
  return refusal(
      413, "too_large",
      "The upload is larger than the " + std::to_string(most.file_bytes) + " bytes that one may have.");
}

std::string raw_name(const Request& request) {
  auto clean = http::clean_file_name(request.argument("filename").value_or("input"));
  return clean ? std::move(*clean) : "input";
}

}  // namespace convert::server::api
