// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>

#include <convert/result.hpp>

#include "sqlite/sqlite_database.hpp"
#include "sqlite/sqlite_connection.hpp"

namespace convert::sqlite {

/// The connection that writes: the file in WAL mode, made if it is missing, with this build's schema. Errors:
/// those of `migrate`, `io` (the file or its folder can't be opened or written, or can't have such a log),
/// `unavailable` (others write for longer than the busy timeout).
Result<std::unique_ptr<Connection>> open_database(Database database, const Schema& schema,
                                                  std::chrono::milliseconds busy_timeout);

}  // namespace convert::sqlite
