// SPDX-License-Identifier: MIT
#include "http/message/head.hpp"

#include "http/message/field_values.hpp"

namespace convert::server::http {

void RequestHead::clamp_version() {
  const std::size_t end = bytes_.find('\r');
  if (end == bytes_.npos || end == 0) return;
  char& minor = bytes_[end - 1];
  if (minor > '1' && minor <= '9') minor = '1';
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const noexcept {
  for (const FieldView& field : fields) {
    if (equals_ignore_case(field.name, name)) return field.value;
  }
  return {};
}

std::size_t RequestHead::count(std::string_view name) const noexcept {
  std::size_t count = 0;
  for (const FieldView& field : fields) count += equals_ignore_case(field.name, name) ? 1 : 0;
  return count;
}

}  // namespace convert::server::http
