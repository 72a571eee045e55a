// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/connection/blocking_pool.hpp"
#include "http/message/http_message.hpp"

namespace convert::server::http {

/// Whether Accept-Encoding rates gzip at least as high as identity.
bool prefers_gzip(std::optional<std::string_view> accept_encoding);

/// Compresses in gzip format (RFC 1952), level 1: about 100 MB/s. Thread-safe. Errors: `unavailable` (out of
/// memory), `limit_exceeded`.
Result<std::string> gzip(std::string_view text);

/// Adds "Vary: Accept-Encoding" to JSON responses, once. Call it before a 304 loses its Content-Type: a 304
/// needs the Vary of the 200 (RFC 9110, 15.4.5).
void add_vary_accept_encoding(Response& response);

/// Whether to compress: JSON of at least 1 KiB for a client that accepts gzip. Never for "no-store" (tokens,
/// keys, links), since the compressed length could reveal secrets.
bool may_be_compressed(const RequestView& request, const Response& response);

/// Makes the ETag weak, since the compressed bytes differ. If-None-Match uses weak comparison and still
/// matches.
void weaken_etag(Response& response);

/// Compresses the body if that is allowed and makes it smaller; large texts in the pool.
Async<void> compress(const RequestView& request, Response& response, BlockingPool& pool);

}  // namespace convert::server::http
