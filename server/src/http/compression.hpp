// SPDX-License-Identifier: MIT
#pragma once

#include "http/asked.hpp"
#include "http/pool.hpp"

namespace convert::server::http {

/// Says of JSON, compressed or not, that it depends on Accept-Encoding: once. To be called before a 304 loses
/// its type too, which has the Vary of the 200 (RFC 9110, 15.4.5).
void vary_by_encoding(Response& answer);

/// Compresses JSON of 1 KiB or more for clients that like it; large texts in the pool. Leaves alone what must
/// not be kept by anybody ("no-store": tokens, keys, links), where a length would tell of secrets.
Async<void> compress(const Asked& asked, Response& answer, Pool& pool);

}  // namespace convert::server::http
