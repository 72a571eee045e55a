// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
namespace convert::server {
enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };
/// As in a request line: "GET"; `other` is "". Thread-safe.
std::string_view to_string(Method method) noexcept;
/// A name and a value: of a header, a form, a query or a pattern of a route.
struct Field {
  std::string name;
  std::string value;
};
/// The same, owned by somebody else.
struct FieldView {
  std::string_view name;
  std::string_view value;
};
}  // namespace convert::server
