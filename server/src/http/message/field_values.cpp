// SPDX-License-Identifier: MIT
#include "http/message/field_values.hpp"

#include <algorithm>

namespace convert::server::http {
namespace {

char to_lower(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_alphanumeric(unsigned char byte) noexcept {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

bool is_control(unsigned char byte) noexcept { return (byte < 0x20 && byte != '\t') || byte == 0x7F; }

/// Position of the first comma outside quotes.
std::size_t end_of_element(std::string_view value) noexcept {
  bool quoted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (quoted && value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      quoted = !quoted;
    } else if (value[i] == ',' && !quoted) {
      return i;
    }
  }
  return value.size();
}

/// Removes the next non-empty element from the front.
std::optional<std::string_view> take_element(std::string_view& value) noexcept {
  while (!value.empty()) {
    const std::size_t end = end_of_element(value);
    const auto element = trim(value.substr(0, end));
    value.remove_prefix(std::min(end + 1, value.size()));
    if (!element.empty()) return element;
  }
  return {};
}

/// "0.5" is 500 (RFC 9110, 12.4.2).
std::optional<unsigned> parse_quality(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return {};
  if (text.size() > 1 && text[1] != '.') return {};
  unsigned quality = text[0] == '1' ? 1'000 : 0;
  unsigned unit = 100;
  for (const char digit : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (digit < '0' || digit > '9') return {};
    quality += static_cast<unsigned>(digit - '0') * unit;
    unit /= 10;
  }
  if (quality > 1'000) return {};
  return quality;
}

bool is_port(std::string_view text) noexcept {
  const auto port = text.size() <= 5 ? parse_digits(text) : std::nullopt;
  return port && *port <= 65'535;
}

bool is_bracketed_address(std::string_view text) noexcept {
  if (text.size() < 4) return false;
  for (const char byte : text.substr(1, text.size() - 2)) {
    const char letter = to_lower(byte);
    const bool fits = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
    if (!fits && letter != ':' && letter != '.') return false;
  }
  return true;
}

/// reg-name and IPv4 (RFC 3986, 3.2.2), without percent-encoding, which host names of real servers do not
/// need.
bool is_host_name(std::string_view text) noexcept {
  if (text.empty() || text.size() > 255) return false;
  constexpr std::string_view others = "-._~!$&'()*+,;=";
  return std::all_of(text.begin(), text.end(), [&](char byte) {
    return is_alphanumeric(static_cast<unsigned char>(byte)) || others.find(byte) != others.npos;
  });
}

}  // namespace

bool is_token_character(unsigned char byte) noexcept {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return is_alphanumeric(byte) || others.find(static_cast<char>(byte)) != others.npos;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char byte) {
    return is_token_character(static_cast<unsigned char>(byte));
  });
}

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool equals_ignore_case(std::string_view left, std::string_view right) noexcept {
  return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                   [](char a, char b) { return to_lower(a) == to_lower(b); });
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept {
  if (text.empty() || text.size() > 19) return {};
  std::uint64_t number = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '9') return {};
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

std::vector<std::string_view> list_elements(std::string_view value) {
  std::vector<std::string_view> elements;
  while (const auto element = take_element(value)) elements.push_back(*element);
  return elements;
}

bool list_contains(std::string_view value, std::string_view token) noexcept {
  while (const auto element = take_element(value)) {
    if (equals_ignore_case(*element, token)) return true;
  }
  return false;
}

std::optional<std::string> parse_quoted_string(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return {};
  text = text.substr(1, text.size() - 2);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return {};
    if (text[i] == '\\' && ++i == text.size()) return {};
    if (is_control(static_cast<unsigned char>(text[i]))) return {};
    result += text[i];
  }
  return result;
}

std::string quote_string(std::string_view text) {
  std::string result = "\"";
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') result += '\\';
    result += byte;
  }
  return result + '"';
}

unsigned coding_quality(std::optional<std::string_view> accept_encoding, std::string_view coding) {
  const bool identity = equals_ignore_case(coding, "identity");
  if (!accept_encoding) return identity ? 1 : 0;
  std::optional<unsigned> own;
  std::optional<unsigned> others;
  for (const std::string_view element : list_elements(*accept_encoding)) {
    const std::string_view name = trim(element.substr(0, element.find(';')));
    unsigned quality = 1'000;
    if (const auto semicolon = element.find(';'); semicolon != element.npos) {
      const std::string_view weight = trim(element.substr(semicolon + 1));
      if (weight.size() < 2 || to_lower(weight[0]) != 'q' || weight[1] != '=') continue;
      const auto parsed = parse_quality(weight.substr(2));
      if (!parsed) continue;
      quality = *parsed;
    }
    if (equals_ignore_case(name, coding)) own = quality;
    if (name == "*") others = quality;
  }
  if (identity) return own.value_or(others == 0U ? 0 : 1);
  return own.value_or(others.value_or(0));
}

bool is_host(std::string_view text) noexcept {
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos || !is_bracketed_address(text.substr(0, end + 1))) return false;
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    if (!is_host_name(host)) return false;
    port = colon == text.npos ? std::string_view{} : text.substr(colon);
  }
  if (port.empty() || port == ":") return true;
  return port[0] == ':' && is_port(port.substr(1));
}

namespace {

/// Removes a token or a quoted string from the front.
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
