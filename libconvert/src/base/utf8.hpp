// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8 as in RFC 3629: shortest forms only, no surrogates, at most U+10FFFF.
namespace convert::base {

/// The number of bytes of the first character; 0 if `text` is empty or does not start with valid UTF-8.
std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// Whether all of `text` is valid UTF-8.
bool is_utf8(std::string_view text) noexcept;

/// Whether every backend can store `text`: valid UTF-8 without NUL, which PostgreSQL refuses.
bool is_storable(std::string_view text) noexcept;

/// `text` as `is_storable` requires it: U+FFFD in place of each NUL and of each byte that is not part of a
/// well-formed character.
std::string make_storable(std::string text);

/// The longest prefix of whole, valid characters with at most `max_bytes` bytes.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes = std::string_view::npos) noexcept;

/// `text` with U+FFFD in place of each byte that is not part of a well-formed character.
std::string repair_utf8(std::string text);

/// Removes the first character of `text` and returns its code point. `text` must be valid UTF-8 and not
/// empty.
char32_t take_code_point(std::string_view& text) noexcept;

/// Appends a code point, which must be a Unicode scalar value.
void append_utf8(std::string& text, char32_t character);

}  // namespace convert::base
