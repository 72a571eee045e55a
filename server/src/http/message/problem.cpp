// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <convert/server/http.hpp>

#include "http/message/status.hpp"

namespace convert::server {
namespace {

/// As a JSON string. Bytes that are no ASCII go through as they are: texts are UTF-8.
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
