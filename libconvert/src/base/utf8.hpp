// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing beyond U+10FFFF.
namespace convert::base {

/// How many bytes the character at the front of `text` has; 0 if there is none.
std::size_t utf8_sequence_length(std::string_view text) noexcept;

/// Whether all of it is well-formed.
bool is_utf8(std::string_view text) noexcept;

/// The longest beginning of well-formed characters that has at most `max_bytes` bytes.
std::string_view utf8_prefix(std::string_view text, std::size_t max_bytes = std::string_view::npos) noexcept;

/// `text` with U+FFFD in place of each byte that is not part of a well-formed character.
std::string repair_utf8(std::string text);

/// Takes one character off the front of well-formed text, which must not be empty.
char32_t take_code_point(std::string_view& text) noexcept;

/// Appends a character that UTF-8 can hold.
void append_utf8(std::string& text, char32_t character);

}  // namespace convert::base
