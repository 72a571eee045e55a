// SPDX-License-Identifier: MIT
#include <algorithm>

#include <convert/server/http.hpp>

#include "http/field_values.hpp"
#include "http/target.hpp"

namespace convert::server {

std::optional<std::string_view> Request::field(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const FieldView& field) { return http::same_text(field.name, name); });
  if (found == fields.end()) return {};
  return found->value;
}

std::optional<std::string_view> Request::parameter(std::string_view name) const noexcept {
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Field& field) { return field.name == name; });
  if (found == parameters.end()) return {};
  return found->value;
}

std::optional<std::string> Request::argument(std::string_view name) const {
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

}  // namespace convert::server
