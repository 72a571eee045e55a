// SPDX-License-Identifier: MIT
#include "http/message/http_message.hpp"

#include <algorithm>

#include "http/message/field_values.hpp"

namespace convert::server::http {

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

}  // namespace convert::server::http
