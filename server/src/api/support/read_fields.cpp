// SPDX-License-Identifier: MIT
#include "api/support/read_fields.hpp"

#include <array>
#include <string>
#include <utility>

#include "api/support/field_parsers.hpp"
#include "api/support/problems.hpp"
#include "base/try.hpp"
#include "http/message/field_values.hpp"
#include "http/message/url.hpp"

namespace convert::server::api {
namespace {

constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kMultipartType = "multipart/form-data";

Outcome<void> add_form(std::string_view text, Fields& fields) {
  CONVERT_TRY_ASSIGN(auto pairs, http::parse_form(text));
  for (Field& pair : pairs) {
    CONVERT_TRY(fields.add(pair.name, std::move(pair.value)));
  }
  return {};
}

Outcome<void> add_body(const http::MediaType& type, std::string_view body, Fields& fields) {
  if (type.type == kJsonType) return add_json(body, fields);
  if (type.type == kFormType) return add_form(body, fields);
  if (type.type == kMultipartType)
    return add_multipart(type.parameter("boundary").value_or(""), body, fields);
  return Error{Errc::unsupported,
               "The Content-Type has no fields. Send application/json, "
               "application/x-www-form-urlencoded or multipart/form-data."};
}

}  // namespace

Async<Outcome<std::string>> read_body(Request& request, std::size_t max_bytes) {
  std::string body;
  std::array<std::byte, std::size_t{8} << 10> block;
  for (;;) {
    const auto count = co_await request.body->read(block);
    if (!count) co_return body_problem(count.error());
    if (*count == 0) co_return body;
    if (*count > max_bytes - body.size()) {
      co_return body_problem(Error{Errc::limit_exceeded, "The body is too large."});
    }
    body.append(reinterpret_cast<const char*>(block.data()), *count);
  }
}

Async<Outcome<Fields>> read_fields(Request& request, FieldContext context) {
  const auto sent = request.field("Content-Type");
  const auto type = http::parse_media_type(sent.value_or("application/octet-stream"));
  CONVERT_CO_TRY_ASSIGN(auto body, read_body(request, kMaxFieldBytes));
  Fields fields(context);
  if (body.empty()) co_return fields;
  if (!type) co_return Error{Errc::invalid_argument, "Invalid Content-Type header."};
  CONVERT_CO_CHECK(add_body(*type, body, fields));
  co_return fields;
}

Outcome<Fields> query_fields(const Request& request, FieldContext context) {
  Fields fields(context);
  CONVERT_TRY(add_form(request.query, fields));
  return fields;
}

}  // namespace convert::server::api
