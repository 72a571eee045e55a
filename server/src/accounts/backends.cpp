// SPDX-License-Identifier: MIT
// The account stores that this build has, by the scheme of their addresses.
#include <vector>

#include <convert/server/accounts.hpp>

#include "base/backends.hpp"

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

}  // namespace convert::server
