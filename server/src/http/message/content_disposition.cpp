// SPDX-License-Identifier: MIT
#include "http/message/content_disposition.hpp"

#include <algorithm>
#include <utility>

#include "base/utf8.hpp"
#include "http/message/field_values.hpp"
#include "http/message/url.hpp"

namespace convert::server::http {
namespace {

/// Removes a quoted string from the front. Browsers escape quotes as "%22" and send backslashes unescaped;
/// other clients send `\"` and `\\`.
std::optional<std::string> take_disposition_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    const bool escape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escape) ++i;
    value += text[i];
  }
  return {};
}

std::optional<std::string> take_disposition_token(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_token_character(static_cast<unsigned char>(text[end]))) ++end;
  if (end == 0) return {};
  std::string value(text.substr(0, end));
  text.remove_prefix(end);
  return value;
}

std::string from_latin1(std::string_view text) {
  std::string result;
  for (const char byte : text) base::append_utf8(result, static_cast<unsigned char>(byte));
  return result;
}

/// "UTF-8'en'a%20b" (RFC 8187, 3.2.1).
std::optional<std::string> extended_value(std::string_view text) {
  const auto first = text.find('\'');
  const auto second = first == text.npos ? text.npos : text.find('\'', first + 1);
  if (second == text.npos) return {};
  auto value = percent_decode(text.substr(second + 1));
  if (!value) return {};
  const std::string_view charset = text.substr(0, first);
  if (equals_ignore_case(charset, "ISO-8859-1")) return from_latin1(*value);
  return equals_ignore_case(charset, "UTF-8") ? std::move(value) : std::nullopt;
}

constexpr std::string_view kBadDisposition =
    "Invalid Content-Disposition of a form part. Expected: form-data; name=\"file\"; "
    "filename=\"song.mp3\".";
constexpr std::string_view kBadDispositionName =
    "Invalid name of a form field: send it once, in UTF-8, in quotes.";
constexpr std::string_view kBadDispositionFilename =
    "Invalid file name in a form: send it once, in UTF-8, in quotes, or as filename* (RFC 8187).";

Error disposition_error(std::string_view reason) {
  return {Errc::invalid_argument, std::string(reason), false};
}

bool set_once(std::optional<std::string>& target, std::optional<std::string> value) {
  if (target || !value || !base::is_utf8(*value)) return false;
  target = std::move(value);
  return true;
}

struct DispositionParameters {
  std::optional<std::string> name, filename, extended_filename;

  /// Removes one "name=value" from the front; returns the reason if it is malformed.
  std::optional<std::string_view> take(std::string_view& text) {
    const auto key = take_disposition_token(text);
    if (!key || !text.starts_with('=')) return kBadDisposition;
    text.remove_prefix(1);
    auto value = text.starts_with('"') ? take_disposition_quoted(text) : take_disposition_token(text);
    if (equals_ignore_case(*key, "name"))
      return error_unless(set_once(name, std::move(value)), kBadDispositionName);
    if (equals_ignore_case(*key, "filename"))
      return error_unless(set_once(filename, std::move(value)), kBadDispositionFilename);
    if (!equals_ignore_case(*key, "filename*")) return error_unless(value.has_value(), kBadDisposition);
    return error_unless(value && set_once(extended_filename, extended_value(*value)),
                        kBadDispositionFilename);
  }

  static std::optional<std::string_view> error_unless(bool good, std::string_view reason) {
    return good ? std::nullopt : std::optional(reason);
  }
};

bool is_escape(std::string_view text, std::size_t index) {
  return text[index] == '%' && percent_decode(text.substr(index, 3)).has_value();
}

/// The name in plain ASCII, for old clients; other characters become "_".
std::string to_ascii(std::string_view name) {
  std::string result;
  for (std::string_view rest = name; !rest.empty();) {
    const bool escape = is_escape(rest, 0);
    const char32_t character = base::take_code_point(rest);
    const bool is_plain = character < 0x7F && character != '"' && character != '\\' && !escape;
    result += is_plain ? static_cast<char>(character) : '_';
  }
  return result;
}

std::string strip_controls(std::string_view text) {
  std::string result(text);
  std::erase_if(result, [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || static_cast<unsigned char>(byte) == 0x7F;
  });
  return result;
}

}  // namespace

Result<Disposition> parse_disposition(std::string_view value) {
  value = trim(value);
  auto type = take_disposition_token(value);
  if (!type) return disposition_error(kBadDisposition);
  DispositionParameters parameters;
  for (value = trim(value); !value.empty(); value = trim(value)) {
    if (value.front() != ';') return disposition_error(kBadDisposition);
    value = trim(value.substr(1));
    if (value.empty() || value.front() == ';') continue;
    if (const auto reason = parameters.take(value)) return disposition_error(*reason);
  }
  auto& filename = parameters.extended_filename ? parameters.extended_filename : parameters.filename;
  return Disposition{lower_case(*type), std::move(parameters.name), std::move(filename)};
}

std::string content_disposition(bool attachment, std::string_view filename) {
  const std::string name = strip_controls(filename);
  const std::string ascii = to_ascii(name);
  std::string result = attachment ? "attachment" : "inline";
  if (name.empty()) return result;
  result += "; filename=" + quote_string(ascii);
  if (ascii != name) result += "; filename*=UTF-8''" + percent_encode(name);
  return result;
}

}  // namespace convert::server::http
