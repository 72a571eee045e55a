// SPDX-License-Identifier: MIT
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
namespace convert::server {
/// HTTP methods. `other` stands for every unknown one.
enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };
/// The name as in a request line ("GET"); empty for `other`. Thread-safe.
std::string_view to_string(Method method) noexcept;
/// A name and a value of a header, form, query or route pattern.
struct Field {
  std::string name;
  std::string value;
};
/// A Field that refers to memory owned elsewhere.
struct FieldView {
  std::string_view name;
  std::string_view value;
};
}  // namespace convert::server
