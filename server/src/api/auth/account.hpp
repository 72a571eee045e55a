// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// The account with that id, at most one second old. Problem: `not_found` and other errors of the store.
Async<Outcome<Account>> find_account(Services& services, std::string id);

/// Changes the account and drops it from the cache. Problem: `not_found`, `conflict`, other errors of the
/// store.
Async<Outcome<Account>> update_account(Services& services, std::string id, AccountChange change);

}  // namespace convert::server::api
