// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <convert/server/http.hpp>

#include "http/status.hpp"

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

Response json(unsigned status, std::string text) {
  Response answer;
  answer.status = status;
  answer.body = std::move(text);
  answer.with("Content-Type", "application/json");
  return answer;
}

Response problem(unsigned status, std::string_view code, std::string_view detail) {
  Response answer;
  answer.status = status;
  const std::string sentence = quoted_json(detail);
  answer.body =
      fmt::format(R"({{"type":"about:blank","title":{},"status":{},"code":{},"detail":{},"error":{}}})",
                  quoted_json(http::reason_of(status)), status, quoted_json(code), sentence, sentence);
  answer.with("Content-Type", "application/problem+json");
  return answer;
}

}  // namespace convert::server
