// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <convert/result.hpp>

#include "postgresql/connection_options.hpp"

namespace convert::postgresql {

/// What to do after a failed statement.
enum class Remedy : std::uint8_t {
  none,           ///< the statement is wrong, or refused: report it
  run_again,      ///< the transaction was rolled back: run it again (deadlock, serialization, stale plan)
  reconnect,      ///< the connection is gone or useless: run again on another one, which may be another host
  run_unprepared  ///< a pooler lost a named prepared statement: run again without names
};

/// The remedy for a SQLSTATE (PostgreSQL's documentation, appendix A). Empty: the connection was lost.
Remedy remedy_for(std::string_view sqlstate) noexcept;

/// Whether the SQLSTATE says that two rows have one unique key.
inline bool is_unique_violation(std::string_view sqlstate) noexcept { return sqlstate == "23505"; }

/// The Error for a SQLSTATE (empty: no answer of the server). `reason` is PostgreSQL's or libpq's message.
Error postgresql_error(std::string_view sqlstate, std::string_view reason, const ConnectionOptions& options);

/// The Error for a connection that cannot be made.
Error connect_error(std::string_view reason, const ConnectionOptions& options);

}  // namespace convert::postgresql
