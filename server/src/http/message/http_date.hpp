// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace convert::server::http {

using Seconds = std::chrono::sys_seconds;

/// Formats a date as "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), for years 0 to 9999.
std::string http_date(Seconds time);
/// Parses that form and the two obsolete ones. `now` selects the century of a two-digit year: at most 50
/// years ahead. nullopt: not a date.
std::optional<Seconds> parse_http_date(std::string_view text, Seconds now) noexcept;

}  // namespace convert::server::http
