// SPDX-License-Identifier: MIT
#include "http/asked.hpp"

#include <algorithm>

#include "http/field_values.hpp"

namespace convert::server::http {

std::optional<std::string_view> Asked::field(std::string_view name) const noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const FieldView& field) { return same_text(field.name, name); });
  if (found == fields.end()) return {};
  return found->value;
}

const Field* field_of(const Response& answer, std::string_view name) noexcept {
  const auto found = std::find_if(answer.fields.begin(), answer.fields.end(),
                                  [&](const Field& field) { return same_text(field.name, name); });
  return found == answer.fields.end() ? nullptr : &*found;
}

void drop_field(Response& answer, std::string_view name) {
  std::erase_if(answer.fields, [&](const Field& field) { return same_text(field.name, name); });
}

}  // namespace convert::server::http
