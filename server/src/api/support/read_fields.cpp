// SPDX-License-Identifier: MIT
#include "api/support/read_fields.hpp"

#include <array>
#include <string>
#include <utility>

#include "api/support/field_parsers.hpp"
#include "http/message/field_values.hpp"
#include "http/message/url.hpp"

namespace convert::server::api {
namespace {

constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kFormType = "application/x-www-form-urlencoded";
constexpr std::string_view kMultipartType = "multipart/form-data";

Result<void> add_form(std::string_view text, Fields& fields) {
  auto pairs = http::parse_form(text);
  if (!pairs) return std::move(pairs).error();
  for (Field& pair : *pairs) {
    if (auto added = fields.add(pair.name, std::move(pair.value)); !added) return added;
  }
  return {};
}

Result<void> add_body(const http::MediaType& type, std::string_view body, Fields& fields) {
  if (type.type == kJsonType) return add_json(body, fields);
  if (type.type == kFormType) return add_form(body, fields);
  if (type.type == kMultipartType)
    return add_multipart(type.parameter("boundary").value_or(""), body, fields);
  return Error{Errc::unsupported,
               "The body's type is none that has fields. Send application/json, "
               "application/x-www-form-urlencoded or multipart/form-data."};
}

}  // namespace

Async<Result<std::string>> read_body(Request& request, std::size_t max_bytes) {
  std::string body;
  std::array<std::byte, std::size_t{8} << 10> block;
  for (;;) {
    const auto count = co_await request.body->read(block);
    if (!count) co_return count.error();
    if (*count == 0) co_return body;
    if (*count > max_bytes - body.size()) {
      co_return Error{Errc::limit_exceeded, "The body is too large."};
    }
    body.append(reinterpret_cast<const char*>(block.data()), *count);
  }
}

Async<Result<Fields>> read_fields(Request& request, FieldContext context) {
  const auto sent = request.field("Content-Type");
  const auto type = http::parse_media_type(sent.value_or("application/octet-stream"));
  auto body = co_await read_body(request, kMaxFieldBytes);
  if (!body) co_return std::move(body).error();
  Fields fields(context);
  if (body->empty()) co_return fields;
  if (!type) co_return Error{Errc::invalid_argument, "The field Content-Type is none."};
  if (auto added = add_body(*type, *body, fields); !added) co_return std::move(added).error();
  co_return fields;
}

Result<Fields> query_fields(const Request& request, FieldContext context) {
  Fields fields(context);
  if (auto added = add_form(request.query, fields); !added) return std::move(added).error();
  return fields;
}

}  // namespace convert::server::api
