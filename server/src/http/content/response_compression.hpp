// SPDX-License-Identifier: MIT
#pragma once

#include <convert/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/connection/blocking_pool.hpp"
#include "http/message/http_message.hpp"

namespace convert::server::http {

/// Whether the client prefers gzip to plain bytes, or likes both.
bool prefers_gzip(std::optional<std::string_view> accept_encoding);

/// RFC 1952, level 1: about 100 MB/s. Thread-safe. unavailable: no memory.
Result<std::string> gzip(std::string_view text);

/// Says of JSON, compressed or not, that it depends on Accept-Encoding: once. To be called before a 304 loses
/// its type too, which has the Vary of the 200 (RFC 9110, 15.4.5).
void add_vary_accept_encoding(Response& response);

/// JSON of 1 KiB or more, for a client that likes it compressed. Not what must not be kept by anybody
/// ("no-store": tokens, keys, links), where a length would tell of secrets.
bool may_be_compressed(const RequestView& request, const Response& response);

/// Other bytes, so another strong tag; If-None-Match compares weakly and still finds it.
void weaken_etag(Response& response);

/// Compresses what may be, and gets smaller by it; large texts in the pool.
Async<void> compress(const RequestView& request, Response& response, BlockingPool& pool);

}  // namespace convert::server::http
