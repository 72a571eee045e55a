// SPDX-License-Identifier: MIT
#pragma once

#include <stop_token>
#include <string>

#include <convert/engine.hpp>
#include <convert/server/accounts.hpp>

namespace convert::server::api {

/// Removes an account that is marked as `being_deleted`: its tasks with their files, then itself. May be
/// repeated after whatever stopped it. Errors: those of the stores, `cancelled`.
Result<void> remove_account(Engine& engine, AccountStore& accounts, const std::string& id,
                            const std::stop_token& stop);

}  // namespace convert::server::api
