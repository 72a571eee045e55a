// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/field.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convert::server::http {

/// Characters of a token, of which method and field names consist (RFC 9110, 5.6.2).
bool is_token_character(unsigned char byte) noexcept;
bool is_token(std::string_view text) noexcept;

/// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text) noexcept;
/// Compares case-insensitively (ASCII).
bool equals_ignore_case(std::string_view left, std::string_view right) noexcept;
std::string lower_case(std::string_view text);

/// Parses 1 to 19 decimal digits; nullopt for anything else.
std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept;

/// The elements of a comma-separated list (RFC 9110, 5.6.1): trimmed, without empty ones. Commas inside
/// quotes do not separate.
std::vector<std::string_view> list_elements(std::string_view value);

/// Whether a list contains the token (case-insensitive).
bool list_contains(std::string_view value, std::string_view token) noexcept;

/// The value of a quoted string; nullopt if it is not one or contains a control character.
std::optional<std::string> parse_quoted_string(std::string_view text);
/// Formats a quoted string. `text` must not contain control characters except tabs.
std::string quote_string(std::string_view text);

/// A media type such as "text/plain; charset=utf-8".
struct MediaType {
  std::string type;               ///< lower case: "text/plain"
  std::vector<Field> parameters;  ///< names in lower case, values unquoted, names unique
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};
/// nullopt: not a media type, a parameter without a value, or a duplicate parameter.
std::optional<MediaType> parse_media_type(std::string_view value);

/// Parses a sequence of `; name=value`, with tokens or quoted strings as values; "name*" is a valid name.
/// Names are returned in lower case, duplicates are kept. nullopt: malformed.
std::optional<std::vector<Field>> parse_parameters(std::string_view text);

/// Quality of a coding in Accept-Encoding: 0 (not acceptable) to 1000 (RFC 9110, 12.5.3). A coding that is
/// not listed has the quality of "*", else 0. "identity" has 1 if it is neither listed nor excluded.
unsigned coding_quality(std::optional<std::string_view> accept_encoding, std::string_view coding);

/// Whether the text is a valid Host or authority (RFC 9110, 7.2): "host", "host:80", "[::1]:80". User
/// information is not accepted.
bool is_host(std::string_view text) noexcept;

}  // namespace convert::server::http
