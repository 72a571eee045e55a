// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace convert::server::api {

/// The media type of sound, moving pictures and raster images that the table of formats has no row for, by
/// the name's extension; empty: none of them. Types as IANA has registered them, or as browsers call them.
std::string_view fallback_media_type(std::string_view file_name) noexcept;

}  // namespace convert::server::api
