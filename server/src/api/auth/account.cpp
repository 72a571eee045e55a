// SPDX-License-Identifier: MIT
#include "api/auth/account.hpp"

#include <utility>

#include "accounts/account_cache.hpp"
#include "http/connection/blocking_pool.hpp"

namespace convert::server::api {

Async<Result<Account>> find_account(Services& services, std::string id) {
  if (const auto known = services.cache.cached_account(id)) co_return *known;
  auto read = [&] { return services.cache.account(id); };
  const auto account = co_await services.pool.run(read);
  if (!account) co_return account.error();
  co_return **account;
}

Async<Result<Account>> update_account(Services& services, std::string id, AccountChange change) {
  auto write = [&] {
    auto changed = services.accounts.change(id, change);
    services.cache.invalidate(id);
    return changed;
  };
  co_return co_await services.pool.run(write);
}

}  // namespace convert::server::api
