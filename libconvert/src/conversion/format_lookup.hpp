// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <convert/format.hpp>
#include <convert/media_info.hpp>

namespace convert::conversion {

/// `name`, or so much of its beginning that with any extension it has no more than the 255 bytes of common
/// file systems.
std::string_view truncated_for_extension(std::string_view name) noexcept;

/// `file_name` without folders and without the extension that `format_for_file_name` found (or the last one),
/// extensible; "output" if nothing is left.
std::string file_stem(std::span<const Format> formats, std::string_view file_name);

/// A `name_mismatch` warning if the name's extension means another format than the content is.
/// `content` is a `Format::name`; unknown extensions never mismatch.
std::optional<Warning> name_mismatch(std::span<const Format> formats, std::string_view file_name,
                                     std::string_view content);

}  // namespace convert::conversion
