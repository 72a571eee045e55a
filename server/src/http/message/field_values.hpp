// SPDX-License-Identifier: MIT
#pragma once

#include <convert/server/field.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace convert::server::http {

/// RFC 9110, 5.6.2: what names of methods and fields are made of.
bool is_token_character(unsigned char byte) noexcept;
bool is_token(std::string_view text) noexcept;

/// Without the spaces and tabs at both ends.
std::string_view trim(std::string_view text) noexcept;
/// In any case of ASCII letters.
bool equals_ignore_case(std::string_view left, std::string_view right) noexcept;
std::string lower_case(std::string_view text);

/// 1 to 19 digits and nothing else.
std::optional<std::uint64_t> parse_digits(std::string_view text) noexcept;

/// The elements of a list (RFC 9110, 5.6.1), trimmed, without empty ones; commas in quotes separate nothing.
std::vector<std::string_view> list_elements(std::string_view value);

/// Whether a list has that token, in any case.
bool list_contains(std::string_view value, std::string_view token) noexcept;

/// What a quoted string says; nullopt: it is none, or has a control character.
std::optional<std::string> parse_quoted_string(std::string_view text);
/// As a quoted string. `text` must have no control character but tabs.
std::string quote_string(std::string_view text);

/// "text/plain; charset=utf-8", and what has the same form.
struct MediaType {
  std::string type;               ///< lower case: "text/plain"
  std::vector<Field> parameters;  ///< names in lower case, values unquoted; each name at most once
  std::optional<std::string_view> parameter(std::string_view name) const noexcept;
};
/// nullopt: no media type. Parameters without a value, and doubled ones, are errors as well.
std::optional<MediaType> parse_media_type(std::string_view value);

/// `; name=value` after `; name=value`, each value a token or a quoted string; "name*" is a name as well.
/// nullopt: ill-formed. Names in lower case. Doubled ones are kept.
std::optional<std::vector<Field>> parse_parameters(std::string_view text);

/// What Accept-Encoding says of a coding: 0 (not acceptable) to 1000 (RFC 9110, 12.5.3). A coding that is not
/// named has the quality of "*", else 0; "identity", if it is neither named nor excluded, 1.
unsigned coding_quality(std::optional<std::string_view> accept_encoding, std::string_view coding);

/// "host", "host:80", "[::1]:80": as Host and the authority of a target have it (RFC 9110, 7.2); no user.
bool is_host(std::string_view text) noexcept;

}  // namespace convert::server::http
