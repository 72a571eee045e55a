// SPDX-License-Identifier: MIT
#include "http/disposition.hpp"

#include <algorithm>
#include <utility>

#include "http/field_values.hpp"
#include "http/target.hpp"
#include "io/utf8.hpp"

namespace convert::server::http {
namespace {

/// Takes what stands in quotes off the front: browsers escape by "%22" and leave backslashes alone, others
/// write `\"` and `\\`.
std::optional<std::string> take_quoted(std::string_view& text) {
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

std::optional<std::string> take_token(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && is_token_character(static_cast<unsigned char>(text[end]))) ++end;
  if (end == 0) return {};
  std::string value(text.substr(0, end));
  text.remove_prefix(end);
  return value;
}

std::string from_latin1(std::string_view text) {
  std::string result;
  for (const char byte : text) io::append_utf8(result, static_cast<unsigned char>(byte));
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
  if (same_text(charset, "ISO-8859-1")) return from_latin1(*value);
  return same_text(charset, "UTF-8") ? std::move(value) : std::nullopt;
}

constexpr std::string_view ill_formed =
    "A part of the form needs a Content-Disposition like this: form-data; name=\"file\"; "
    "filename=\"song.mp3\".";
constexpr std::string_view bad_field_name =
    "The name of a field of the form is not valid: send it once, in UTF-8, with both its quotes.";
constexpr std::string_view bad_file_name =
    "The name of a file in the form is not valid: send it once, in UTF-8, with both its quotes, "
    "or as filename* (RFC 8187).";

Error refusal(std::string_view why) { return {Errc::invalid_argument, std::string(why), false}; }

bool set_once(std::optional<std::string>& target, std::optional<std::string> value) {
  if (target || !value || !io::is_utf8(*value)) return false;
  target = std::move(value);
  return true;
}

struct Parameters {
  std::optional<std::string> name, plain, extended;

  /// One "name=value" off the front; why not, if it is ill-formed.
  std::optional<std::string_view> take(std::string_view& text) {
    const auto key = take_token(text);
    if (!key || !text.starts_with('=')) return ill_formed;
    text.remove_prefix(1);
    auto value = text.starts_with('"') ? take_quoted(text) : take_token(text);
    if (same_text(*key, "name")) return unless(set_once(name, std::move(value)), bad_field_name);
    if (same_text(*key, "filename")) return unless(set_once(plain, std::move(value)), bad_file_name);
    if (!same_text(*key, "filename*")) return unless(value.has_value(), ill_formed);
    return unless(value && set_once(extended, extended_value(*value)), bad_file_name);
  }

  static std::optional<std::string_view> unless(bool good, std::string_view why) {
    return good ? std::nullopt : std::optional(why);
  }
};

bool is_escape(std::string_view text, std::size_t index) {
  return text[index] == '%' && percent_decode(text.substr(index, 3)).has_value();
}

/// What old clients make do with: ASCII that needs no escape.
std::string in_ascii(std::string_view name) {
  std::string result;
  for (std::string_view rest = name; !rest.empty();) {
    const bool escape = is_escape(rest, 0);
    const char32_t character = io::next_character(rest);
    const bool fits = character < 0x7F && character != '"' && character != '\\' && !escape;
    result += fits ? static_cast<char>(character) : '_';
  }
  return result;
}

std::string without_controls(std::string_view text) {
  std::string result(text);
  std::erase_if(result, [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || static_cast<unsigned char>(byte) == 0x7F;
  });
  return result;
}

}  // namespace

Result<Disposition> parse_disposition(std::string_view value) {
  value = trimmed(value);
  auto type = take_token(value);
  if (!type) return refusal(ill_formed);
  Parameters parameters;
  for (value = trimmed(value); !value.empty(); value = trimmed(value)) {
    if (value.front() != ';') return refusal(ill_formed);
    value = trimmed(value.substr(1));
    if (value.empty() || value.front() == ';') continue;
    if (const auto why = parameters.take(value)) return refusal(*why);
  }
  auto& filename = parameters.extended ? parameters.extended : parameters.plain;
  return Disposition{lower_case(*type), std::move(parameters.name), std::move(filename)};
}

std::string content_disposition(bool attachment, std::string_view filename) {
  const std::string name = without_controls(filename);
  const std::string ascii = in_ascii(name);
  std::string result = attachment ? "attachment" : "inline";
  if (name.empty()) return result;
  result += "; filename=" + quoted(ascii);
  if (ascii != name) result += "; filename*=UTF-8''" + percent_encode(name);
  return result;
}

}  // namespace convert::server::http
