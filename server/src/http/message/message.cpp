// SPDX-License-Identifier: MIT
#include <algorithm>

#include <convert/server/http.hpp>

#include "http/message/field_values.hpp"
#include "http/message/target.hpp"

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

}  // namespace convert::server
