// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include <convert/time.hpp>

namespace convert::storage {

/// A time of S3, as in a Last-Modified header or as "2026-11-30T22:05:35.706Z" in XML. Rounded up to a whole
/// second: the header has no fraction, both forms of one time are to be equal, and a blob must not appear
/// older than it is. Nothing if it is invalid.
std::optional<Time> parse_s3_time(std::string_view text);

}  // namespace convert::storage
