// SPDX-License-Identifier: MIT
#include "http/message/method.hpp"

#include <array>
#include <utility>

namespace convert::server {
namespace {

using Row = std::pair<Method, std::string_view>;
constexpr std::array<Row, 7> names{{{Method::get, "GET"},
                                    {Method::head, "HEAD"},
                                    {Method::post, "POST"},
                                    {Method::put, "PUT"},
                                    {Method::patch, "PATCH"},
                                    {Method::del, "DELETE"},
                                    {Method::options, "OPTIONS"}}};

}  // namespace

std::string_view to_string(Method method) noexcept {
  for (const auto& [value, name] : names) {
    if (value == method) return name;
  }
  return {};
}

namespace http {

Method parse_method(std::string_view text) noexcept {
  for (const auto& [value, name] : names) {
    if (name == text) return value;
  }
  return Method::other;
}

}  // namespace http
}  // namespace convert::server
