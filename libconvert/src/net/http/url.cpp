// SPDX-License-Identifier: MIT
#include "net/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "base/try.hpp"

namespace convert::net {
namespace {

Error invalid_url(std::string_view why) {
  return Error{Errc::invalid_argument,
               fmt::format("The URL {}. Write it as \"https://host\" or \"https://host:port/path\".", why)};
}

bool is_unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string percent_encode(std::string_view text, bool keep_slash) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || (keep_slash && c == '/')) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += digits[byte >> 4];
    result += digits[byte & 15];
  }
  return result;
}

Result<std::string> decode_query_text(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    const std::string_view digits = text.substr(at + 1, 2);
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || failure != std::errc() || end != digits.data() + 2)
      return invalid_url("has a \"%\" in its query that is not followed by two hexadecimal digits");
    result += static_cast<char>(value);
    at += 2;
  }
  return result;
}

Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> query;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('&'), text.size());
    const std::string_view parameter = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (parameter.empty()) continue;
    const std::size_t equals = std::min(parameter.find('='), parameter.size());
    CONVERT_TRY_ASSIGN(std::string name, decode_query_text(parameter.substr(0, equals)));
    CONVERT_TRY_ASSIGN(std::string value,
                       decode_query_text(parameter.substr(std::min(equals + 1, parameter.size()))));
    query.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (is_unreserved(c) && c != '~') || static_cast<unsigned char>(c) >= 0x80;
  });
}

bool is_ipv6_text(std::string_view host) {
  return host.find(':') != std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
                  c == '.';
         });
}

Result<void> parse_authority(std::string_view text, Url& url) {
  if (text.find('@') != std::string_view::npos)
    return invalid_url("has a user or a password, which belong in the options for credentials");
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == std::string_view::npos) return invalid_url("has a \"[\" without a \"]\"");
    url.host = text.substr(1, bracket - 1);
    const std::string_view rest = text.substr(bracket + 1);
    if (!is_ipv6_text(url.host) || (!rest.empty() && rest.front() != ':'))
      return invalid_url("has an invalid IPv6 address");
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else {
    const std::size_t colon = text.find(':');
    url.host = base::lower_case(text.substr(0, colon));
    if (!is_host_name(url.host)) return invalid_url("has no valid host");
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  if (!has_port) return {};
  std::uint16_t number = 0;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (failure != std::errc() || end != port.data() + port.size() || number == 0)
    return invalid_url("has an invalid port: it must be between 1 and 65535");
  url.port = number;
  return {};
}

}  // namespace

std::string Url::authority() const {
  std::string result = is_ipv6_text(host) ? fmt::format("[{}]", host) : host;
  if (port && *port != (secure() ? 443 : 80)) result += fmt::format(":{}", *port);
  return result;
}

std::string Url::query_text() const {
  std::string result;
  for (const auto& [name, value] : query) {
    if (!result.empty()) result += '&';
    result += encode_component(name);
    result += '=';
    result += encode_component(value);
  }
  return result;
}

std::string Url::text() const {
  std::string result = fmt::format("{}://{}{}", scheme, authority(), path.empty() ? "/" : path);
  if (!query.empty()) result += "?" + query_text();
  return result;
}

Result<Url> parse_url(std::string_view text) {
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '\\';
  });
  if (!clean) return invalid_url("has a space, a backslash or a control character");
  const std::size_t colon = text.find("://");
  Url url;
  url.scheme = base::lower_case(text.substr(0, colon));
  if (colon == std::string_view::npos || (url.scheme != "http" && url.scheme != "https"))
    return invalid_url("does not start with \"https://\" or \"http://\"");
  text.remove_prefix(colon + 3);
  if (text.find('#') != std::string_view::npos) return invalid_url("has a fragment (\"#\")");
  const std::size_t path = std::min(text.find_first_of("/?"), text.size());
  CONVERT_TRY(parse_authority(text.substr(0, path), url));
  const std::size_t mark = std::min(text.find('?', path), text.size());
  if (mark > path) url.path = text.substr(path, mark - path);
  CONVERT_TRY_ASSIGN(url.query, parse_query(text.substr(std::min(mark + 1, text.size()))));
  return url;
}

std::string encode_component(std::string_view text) { return percent_encode(text, false); }

std::string encode_path(std::string_view text) { return percent_encode(text, true); }

}  // namespace convert::net
