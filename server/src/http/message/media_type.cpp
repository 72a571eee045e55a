// SPDX-License-Identifier: MIT
#include <algorithm>

#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

/// Takes a token or a quoted string off the front.
std::optional<std::string> take_parameter_value(std::string_view& text) {
  if (!text.starts_with('"')) {
    std::size_t end = 0;
    while (end < text.size() && is_token_character(static_cast<unsigned char>(text[end]))) ++end;
    if (end == 0) return {};
    std::string value(text.substr(0, end));
    text.remove_prefix(end);
    return value;
  }
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
  if (end >= text.size()) return {};
  auto value = parse_quoted_string(text.substr(0, end + 1));
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

std::optional<std::vector<Field>> parse_parameters(std::string_view text) {
  std::vector<Field> parameters;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    if (text.front() != ';') return {};
    text = trim(text.substr(1));
    if (text.empty() || text.front() == ';') continue;  // RFC 9110, 5.6.6: parameters may be missing
    const auto equals = text.find('=');
    if (equals == text.npos || !is_token(text.substr(0, equals))) return {};
    std::string name = lower_case(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    auto value = take_parameter_value(text);
    if (!value) return {};
    parameters.push_back({std::move(name), std::move(*value)});
  }
  return parameters;
}

std::optional<MediaType> parse_media_type(std::string_view value) {
  const auto semicolon = std::min(value.find(';'), value.size());
  const std::string_view type = trim(value.substr(0, semicolon));
  const auto slash = type.find('/');
  if (slash == type.npos || !is_token(type.substr(0, slash)) || !is_token(type.substr(slash + 1))) return {};
  auto parameters = parse_parameters(value.substr(semicolon));
  if (!parameters) return {};
  for (std::size_t i = 0; i < parameters->size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if ((*parameters)[i].name == (*parameters)[j].name) return {};
    }
  }
  return MediaType{lower_case(type), std::move(*parameters)};
}

std::optional<std::string_view> MediaType::parameter(std::string_view name) const noexcept {
  for (const Field& field : parameters) {
    if (field.name == name) return field.value;
  }
  return {};
}

}  // namespace convert::server::http
