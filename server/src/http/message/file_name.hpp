// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <convert/result.hpp>

namespace convert::server::http {

/// What a client calls a file, as a name that does no harm: the part behind the last "/" or "\", without
/// control characters and the characters that change the direction of text, without spaces at its ends and
/// dots at its end, at most 255 bytes (the extension stays). A device of DOS ("con.mp3") gets "_" in front.
/// invalid_argument: not UTF-8, a NUL in it, nothing left of it ("..", "a/").
Result<std::string> sanitize_file_name(std::string_view text);

/// Whether a name has a base and an extension: "a.mp3", but not "mp3", ".mp3" or "a.".
bool has_base_and_extension(std::string_view name) noexcept;

}  // namespace convert::server::http
