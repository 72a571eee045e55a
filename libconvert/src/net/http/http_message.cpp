// SPDX-License-Identifier: MIT
#include "net/http/http_message.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace convert::net {

void HttpHeaders::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void HttpHeaders::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return base::equal_ignoring_case(field.first, name); });
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) {
    return base::equal_ignoring_case(field.first, name);
  });
  if (found == fields_.end()) return {};
  return found->second;
}

}  // namespace convert::net
