// SPDX-License-Identifier: MIT
#include "conformance/job_store.hpp"

#include <functional>

#include <fmt/format.h>

#include "support/postgres_server.hpp"

namespace convert::conformance {
namespace {

JobStoreBackend sqlite(std::string name, Durability durability) {
  const auto open = [durability](const std::filesystem::path& folder, Clock clock) {
    SqliteOptions options;
    options.durability = durability;
    options.busy_timeout = std::chrono::duration_cast<milliseconds>(kDeadline);
    options.clock = std::move(clock);
    return sqlite_job_store(folder / "jobs.db", options);
  };
  return {std::move(name), open};
}

JobStoreBackend memory() {
  const auto open = [](const std::filesystem::path&, Clock clock) -> Result<std::shared_ptr<JobStore>> {
    return memory_job_store(std::move(clock));
  };
  return {"memory", open, false, false};
}

#ifdef CONVERT_POSTGRESQL
/// The schema of a test's folder.
std::string schema_of(const std::filesystem::path& folder) {
  return fmt::format("test_{:x}", std::hash<std::string>()(folder.string()));
}

JobStoreBackend postgresql() {
  const auto open = [](const std::filesystem::path& folder, Clock clock) {
    return postgresql_job_store(test::PostgresServer::shared().uri(schema_of(folder)), {std::move(clock)});
  };
  const bool installed = test::PostgresServer::installed();
  return {"postgresql", open, true, true, installed ? "" : "PostgreSQL is not installed"};
}

test::PgBouncer& shared_pooler() {
  static test::PgBouncer pooler(test::PostgresServer::shared());
  return pooler;
}

JobStoreBackend pgbouncer() {
  const auto open = [](const std::filesystem::path& folder, Clock clock) {
    return postgresql_job_store(shared_pooler().uri(schema_of(folder)), {std::move(clock)});
  };
  const bool installed = test::PostgresServer::installed() && test::PgBouncer::installed();
  return {"pgbouncer", open, true, true, installed ? "" : "PgBouncer or PostgreSQL is not installed"};
}
#endif

}  // namespace

INSTANTIATE_TEST_SUITE_P(Memory, JobStoreSuite, testing::Values(memory()), name_of_job_store);
INSTANTIATE_TEST_SUITE_P(Sqlite, JobStoreSuite,
                         testing::Values(sqlite("power", Durability::power),
                                         sqlite("process", Durability::process)),
                         name_of_job_store);
#ifdef CONVERT_POSTGRESQL
INSTANTIATE_TEST_SUITE_P(Postgresql, JobStoreSuite, testing::Values(postgresql(), pgbouncer()),
                         name_of_job_store);
#endif

}  // namespace convert::conformance
