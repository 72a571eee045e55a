// SPDX-License-Identifier: MIT
#include "http/message/http_message.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <convert/server/http.hpp>

#include "http/message/field_values.hpp"
#include "http/message/url.hpp"

namespace convert::server {

std::optional<std::string_view> Request::field(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const FieldView& field) {
    return http::equals_ignore_case(field.name, name);
  });
  if (found == fields.end()) return {};
  return found->value;
}

std::optional<std::string_view> Request::path_parameter(std::string_view name) const noexcept {
  const auto found = std::find_if(path_parameters.begin(), path_parameters.end(),
                                  [&](const Field& field) { return field.name == name; });
  if (found == path_parameters.end()) return {};
  return found->value;
}

std::optional<std::string> Request::query_parameter(std::string_view name) const {
  return http::query_argument(query, name);
}

Response& Response::with(std::string_view name, std::string_view value) & {
  fields.push_back({std::string(name), std::string(value)});
  return *this;
}

Response Response::with(std::string_view name, std::string_view value) && {
  with(name, value);
  return std::move(*this);
}

namespace {

/// Formats a JSON string. Bytes above 127 are copied: texts are UTF-8.
std::string quoted_json(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  out += '"';
  return out;
}

}  // namespace

Response json_response(unsigned status, std::string text) {
  Response response;
  response.status = status;
  response.body = std::move(text);
  response.with("Content-Type", "application/json");
  return response;
}

Response problem_response(unsigned status, std::string_view code, std::string_view detail) {
  Response response;
  response.status = status;
  const std::string sentence = quoted_json(detail);
  response.body =
      fmt::format(R"({{"type":"about:blank","title":{},"status":{},"code":{},"detail":{},"error":{}}})",
                  quoted_json(http::reason_phrase(status)), status, quoted_json(code), sentence, sentence);
  response.with("Content-Type", "application/problem+json");
  return response;
}

}  // namespace convert::server

namespace convert::server::http {
namespace {

std::string_view class_phrase(unsigned status) noexcept {
  if (status < 200) return "Information";
  if (status < 300) return "Success";
  if (status < 400) return "Redirection";
  return status < 500 ? "Client Error" : "Server Error";
}

}  // namespace

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return class_phrase(status);
  }
}

std::optional<std::string_view> RequestView::field(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const FieldView& field) {
    return equals_ignore_case(field.name, name);
  });
  if (found == fields.end()) return {};
  return found->value;
}

const Field* find_field(const Response& response, std::string_view name) noexcept {
  const auto found = std::find_if(response.fields.begin(), response.fields.end(),
                                  [&](const Field& field) { return equals_ignore_case(field.name, name); });
  return found == response.fields.end() ? nullptr : &*found;
}

void remove_field(Response& response, std::string_view name) {
  std::erase_if(response.fields, [&](const Field& field) { return equals_ignore_case(field.name, name); });
}

std::string_view body_text(const Response& response) noexcept {
  if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
  const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&response.body);
  return shared == nullptr || *shared == nullptr ? std::string_view() : std::string_view(**shared);
}

}  // namespace convert::server::http
