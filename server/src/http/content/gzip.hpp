// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <convert/result.hpp>

namespace convert::server::http {

/// Whether the client prefers gzip to plain bytes, or likes both.
bool prefers_gzip(std::optional<std::string_view> accept_encoding);

/// RFC 1952, level 1: about 100 MB/s. Thread-safe. unavailable: no memory.
Result<std::string> gzip(std::string_view text);

}  // namespace convert::server::http
