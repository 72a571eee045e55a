// SPDX-License-Identifier: MIT
#pragma once

#include "sqlite/sqlite_database.hpp"

namespace convert::server::accounts {

/// The tables of accounts, and all steps that led to them.
const sqlite::Schema& account_schema();

}  // namespace convert::server::accounts
