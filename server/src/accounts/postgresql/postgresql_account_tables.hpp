// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <convert/result.hpp>

#include "postgresql/postgresql_schema.hpp"

namespace convert::server::accounts {

/// The tables of accounts in PostgreSQL.
const postgresql::Schema& postgresql_account_tables();

/// As migrate_account_store, for a URI of PostgreSQL.
Result<int> migrate_postgresql(std::string_view uri);

}  // namespace convert::server::accounts
