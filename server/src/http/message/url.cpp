// SPDX-License-Identifier: MIT
#include "http/message/url.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "base/utf8.hpp"
#include "http/message/field_values.hpp"

namespace convert::server::http {
namespace {

constexpr RequestError kBadTargetForm{400, "bad_request",
                                      "Invalid URL: it must start with \"/\" or http://."};
constexpr RequestError kBadTargetHost{400, "bad_request", "Invalid URL: the host is not valid."};
constexpr RequestError kBadTargetPath{
    400, "bad_request", "Invalid path: malformed percent-encoding, or a character that is not allowed."};
constexpr RequestError kDotSegment{400, "bad_request",
                                   "Invalid path: the segments \".\" and \"..\" are not allowed."};
constexpr RequestError kBadQuery{400, "bad_request",
                                 "Invalid query: malformed percent-encoding, or not UTF-8."};

int percent_hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool has_dot_segment(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

/// An encoded "/" would be a separator for some programs and not for others.
bool has_escaped_separator(std::string_view raw, std::string_view decoded) noexcept {
  return std::count(raw.begin(), raw.end(), '/') != std::count(decoded.begin(), decoded.end(), '/') ||
         decoded.find('\\') != decoded.npos;
}

bool path_has_control(std::string_view text) noexcept {
  return std::any_of(text.begin(), text.end(), [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || static_cast<unsigned char>(byte) == 0x7F;
  });
}

std::variant<Target, RequestError> split_target(std::string_view authority, std::string_view rest) {
  const auto question = rest.find('?');
  const std::string_view raw = rest.substr(0, question);
  auto path = percent_decode(raw);
  if (!path || path_has_control(*path) || !base::is_utf8(*path) || has_escaped_separator(raw, *path))
    return kBadTargetPath;
  if (has_dot_segment(*path)) return kDotSegment;
  const std::string_view query = question == rest.npos ? std::string_view{} : rest.substr(question + 1);
  if (!query.empty() && !parse_form(query)) return kBadQuery;
  return Target{std::move(*path), query, authority};
}

/// The target without "http://" or "https://"; nullopt: not absolute-form.
std::optional<std::string_view> strip_scheme(std::string_view target) noexcept {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equals_ignore_case(target.substr(0, scheme.size()), scheme)) return target.substr(scheme.size());
  }
  return {};
}

}  // namespace

std::variant<Target, RequestError> parse_target(Method method, std::string_view target) {
  if (target == "*" && method == Method::options) return Target{"*", {}, {}};
  if (target.starts_with('/')) return split_target({}, target);
  const auto rest = strip_scheme(target);
  if (!rest) return kBadTargetForm;
  const std::size_t end = std::min(rest->find_first_of("/?"), rest->size());
  const std::string_view authority = rest->substr(0, end);
  if (!is_host(authority)) return kBadTargetHost;
  auto result = split_target(authority, rest->substr(end));
  if (auto* parsed = std::get_if<Target>(&result); parsed != nullptr && parsed->path.empty())
    parsed->path = "/";
  return result;
}

std::optional<std::string> query_argument(std::string_view query, std::string_view name) {
  const auto pairs = parse_form(query);
  if (!pairs) return {};
  for (const Field& pair : *pairs) {
    if (pair.name == name) return pair.value;
  }
  return {};
}

std::optional<std::string> percent_decode(std::string_view text, bool plus) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (text.size() - i < 3) return {};
      const int high = percent_hex_digit(text[i + 1]);
      const int low = percent_hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return {};
      result += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      result += plus && text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view plain = "-._~";
  std::string result;
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    const bool alphanumeric =
        (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (alphanumeric || plain.find(byte) != plain.npos) {
      result += byte;
    } else {
      result += {'%', digits[value >> 4], digits[value & 15]};
    }
  }
  return result;
}

namespace {

Error form_error(const char* sentence) { return {Errc::invalid_argument, sentence, false}; }

Result<std::string> decode_form_text(std::string_view text) {
  auto value = percent_decode(text, true);
  if (!value) return form_error("Invalid form: \"%\" must be followed by two hexadecimal digits.");
  if (!base::is_utf8(*value) || value->find('\0') != value->npos) {
    return form_error("Invalid form: it must be UTF-8 without NUL characters.");
  }
  return std::move(*value);
}

}  // namespace

Result<std::vector<Field>> parse_form(std::string_view text, std::size_t max_fields) {
  std::vector<Field> pairs;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    if (pairs.size() == max_fields) return form_error("Invalid form: it has too many fields.");
    const std::size_t equals = std::min(pair.find('='), pair.size());
    CONVERT_TRY_ASSIGN(std::string name, decode_form_text(pair.substr(0, equals)));
    CONVERT_TRY_ASSIGN(std::string value, decode_form_text(pair.substr(std::min(equals + 1, pair.size()))));
    pairs.push_back({std::move(name), std::move(value)});
  }
  return pairs;
}

}  // namespace convert::server::http
