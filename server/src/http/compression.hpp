// SPDX-License-Identifier: MIT
#pragma once

#include "http/asked.hpp"
#include "http/pool.hpp"

namespace convert::server::http {

/// Compresses JSON of 1 KiB or more for clients that like it; large texts in the pool. Leaves alone what must
/// not be kept by anybody ("no-store": tokens, keys, links), where a length would tell of secrets.
Async<void> compress(const Asked& asked, Response& answer, Pool& pool);

}  // namespace convert::server::http
