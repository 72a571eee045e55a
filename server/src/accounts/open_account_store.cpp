// SPDX-License-Identifier: MIT

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <convert/server/accounts.hpp>

#include "base/backend_uri.hpp"

// The account stores of this build, by URI scheme.
namespace convert::server {
namespace {

using base::Backend;
using base::Uri;

Result<std::shared_ptr<AccountStore>> open_sqlite(const Uri& uri) {
  auto durability = Durability::power;
  if (auto read = base::parse_durability(uri, durability); !read) return std::move(read).error();
  return sqlite_account_store(uri.path, durability);
}

std::vector<Backend<AccountStore>> account_stores() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_account_store()); }},
      {"sqlite", true, {"durability"}, open_sqlite},
  };
}

}  // namespace

Result<std::shared_ptr<AccountStore>> open_account_store(std::string_view uri) {
  return base::open_backend(uri, "account store", account_stores());
}

Result<Reservation> AccountStore::reserved_usage(std::string_view account, Time now) {
  QuotaRequest request;
  request.account = account;
  request.tasks = 0;
  auto made = reserve(request, now, std::chrono::seconds(1));
  if (!made) return made;
  const std::string id = std::exchange(made->id, {});
  if (auto released = release(id); !released) return std::move(released).error();
  return made;
}

}  // namespace convert::server
