// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>

namespace convert::server::http {

/// Turns a client's file name into a safe one: the part after the last "/" or "\", without control
/// characters, bidirectional controls, surrounding spaces and trailing dots; ":" becomes "_". At most 255
/// bytes, keeping the extension. DOS device names ("con.mp3") get the prefix "_". Errors: `invalid_argument`
/// (not UTF-8, contains NUL, or nothing is left, as for ".." and "a/").
Result<std::string> sanitize_file_name(std::string_view text);

/// Whether a name has a base and an extension: true for "a.mp3", false for "mp3", ".mp3" and "a.".
bool has_base_and_extension(std::string_view name) noexcept;

}  // namespace convert::server::http
