// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace convert::server::http {

/// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, nothing longer than it has to be).
bool is_utf8(std::string_view text) noexcept;

/// The longest beginning of well-formed UTF-8 that has at most `most` bytes.
std::string_view utf8_prefix(std::string_view text, std::size_t most) noexcept;

/// Takes one character off the front of well-formed UTF-8, which must not be empty.
char32_t next_character(std::string_view& text) noexcept;

/// Appends a character that UTF-8 can hold.
void append_utf8(std::string& text, char32_t character);

}  // namespace convert::server::http
