// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/format.hpp>
#include <convert/media_info.hpp>

namespace convert::conversion {

/// `name`, cut to 240 bytes at a character boundary: with any extension it stays below the 255 bytes that
/// common file systems allow.
std::string_view truncated_for_extension(std::string_view name) noexcept;

/// The last component of `file_name` without its extension (the longest that a format has, else the last
/// one), cut as by `truncated_for_extension`. "output" if nothing is left.
std::string file_stem(std::span<const Format> formats, std::string_view file_name);

/// A `name_mismatch` warning if the extension of `file_name` belongs to another format than `content`, which
/// is a `Format::name`. An unknown extension never mismatches.
std::optional<Warning> name_mismatch(std::span<const Format> formats, std::string_view file_name,
                                     std::string_view content);

}  // namespace convert::conversion
