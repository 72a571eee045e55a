// SPDX-License-Identifier: MIT
#include "conformance/accounts.hpp"

#include <functional>
#include <memory>

#include <fmt/format.h>

#include "support/postgres_server.hpp"

namespace convert::conformance {
namespace {

AccountStoreBackend sqlite(std::string name, Durability durability) {
  const auto open = [durability](const std::filesystem::path& folder) {
    return server::sqlite_account_store(folder / "accounts.db", durability);
  };
  return {std::move(name), open};
}

AccountStoreBackend memory() {
  const auto open = [](const std::filesystem::path&) -> Result<std::shared_ptr<AccountStore>> {
    return server::memory_account_store();
  };
  return {"memory", open, false, false};
}

/// The schema of a test's folder.
std::string schema_of(const std::filesystem::path& folder) {
  return fmt::format("test_{:x}", std::hash<std::string>()(folder.string()));
}

/// Why the backend cannot be tested here; empty if it can be.
std::string missing_part(bool installed) {
  if (!installed) return "its server is not installed";
  const auto opened = server::open_account_store("postgresql:?");
  const bool built = opened || !opened.error().message.starts_with("This build has no");
  return built ? "" : "this build has no PostgreSQL";
}

AccountStoreBackend postgresql() {
  const auto open = [](const std::filesystem::path& folder) {
    return server::postgresql_account_store(test::PostgresServer::shared().uri(schema_of(folder)));
  };
  return {"postgresql", open, true, true, missing_part(test::PostgresServer::installed())};
}

test::PgBouncer& shared_pooler() {
  static test::PgBouncer pooler(test::PostgresServer::shared());
  return pooler;
}

AccountStoreBackend pgbouncer() {
  const auto open = [](const std::filesystem::path& folder) {
    return server::postgresql_account_store(shared_pooler().uri(schema_of(folder)));
  };
  const bool installed = test::PostgresServer::installed() && test::PgBouncer::installed();
  return {"pgbouncer", open, true, true, missing_part(installed)};
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, AccountStoreSuite, testing::Values(memory()), name_of_account_store);
INSTANTIATE_TEST_SUITE_P(Sqlite, AccountStoreSuite,
                         testing::Values(sqlite("power", Durability::power),
                                         sqlite("process", Durability::process)),
                         name_of_account_store);
INSTANTIATE_TEST_SUITE_P(Postgresql, AccountStoreSuite, testing::Values(postgresql(), pgbouncer()),
                         name_of_account_store);

}  // namespace convert::conformance
