// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <convert/server/http.hpp>

#include "api/support/problems.hpp"
#include "api/support/services.hpp"

namespace convert::server::api {

/// The account with that id, as it was at most a second ago. Errors: those of AccountStore::find.
Async<Outcome<Account>> find_account(Services& services, std::string id);

/// Changes it; whoever asks afterwards sees that. Errors: those of AccountStore::change.
Async<Outcome<Account>> update_account(Services& services, std::string id, AccountChange change);

}  // namespace convert::server::api
