// SPDX-License-Identifier: MIT

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <convert/server/accounts.hpp>

#include "accounts/account_rules.hpp"
#ifdef CONVERT_POSTGRESQL
#include "accounts/postgresql/postgresql_account_tables.hpp"
#endif
#include "base/backend_uri.hpp"
#include "base/try.hpp"

// The account stores of this build, by URI scheme.
namespace convert::server {
namespace {

using base::Backend;
using base::Uri;

Result<std::shared_ptr<AccountStore>> open_sqlite(const Uri& uri) {
  auto durability = Durability::power;
  CONVERT_TRY(base::parse_durability(uri, durability));
  return sqlite_account_store(uri.path, durability);
}

#ifdef CONVERT_POSTGRESQL
Result<std::shared_ptr<AccountStore>> open_postgresql(std::string_view uri) {
  return postgresql_account_store(uri);
}
#endif

std::vector<Backend<AccountStore>> account_stores() {
  return {
      {"memory", false, {}, [](const Uri&) { return Result(memory_account_store()); }},
      {"sqlite", true, {"durability"}, open_sqlite},
#ifdef CONVERT_POSTGRESQL
      {"postgresql", true, {}, nullptr, open_postgresql},
      {"postgres", true, {}, nullptr, open_postgresql},
#endif
  };
}

#ifdef CONVERT_POSTGRESQL
bool is_postgresql(std::string_view uri) {
  const auto scheme = base::uri_scheme(uri);
  return scheme && (*scheme == "postgresql" || *scheme == "postgres");
}
#endif

}  // namespace

Result<std::shared_ptr<AccountStore>> open_account_store(std::string_view uri) {
  return base::open_backend(uri, "account store", account_stores());
}

Result<int> migrate_account_store(std::string_view uri) {
#ifdef CONVERT_POSTGRESQL
  if (is_postgresql(uri)) return accounts::migrate_postgresql(uri);
#endif
  CONVERT_TRY(open_account_store(uri));  // migrates
  return 0;
}

#ifndef CONVERT_POSTGRESQL
Result<std::shared_ptr<AccountStore>> postgresql_account_store(std::string_view,
                                                               const PostgresqlAccountOptions&) {
  return Error{Errc::unsupported, "This build has no account store \"postgresql:\"."};
}
#endif

Result<std::optional<std::chrono::milliseconds>> AccountStore::count_event(std::string_view, const RateLimit&,
                                                                           Time) {
  return std::optional<std::chrono::milliseconds>();
}

Result<std::optional<std::chrono::milliseconds>> AccountStore::check_event(std::string_view, const RateLimit&,
                                                                           Time) {
  return std::optional<std::chrono::milliseconds>();
}

Result<void> AccountStore::uncount_event(std::string_view, const RateLimit&, Time) { return {}; }

Result<void> AccountStore::renew_requests(std::span<const IdempotentRequestName>, Time) { return {}; }

Result<Time> AccountStore::now() { return accounts::store_now(); }

Result<Reservation> AccountStore::reserved_usage(std::string_view account, Time now) {
  QuotaRequest request;
  request.account = account;
  request.tasks = 0;
  CONVERT_TRY_ASSIGN(auto made, reserve(request, now, std::chrono::seconds(1)));
  CONVERT_TRY(release(std::exchange(made.id, {})));
  return made;
}

}  // namespace convert::server
