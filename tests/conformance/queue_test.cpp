// SPDX-License-Identifier: MIT
#include "conformance/queue.hpp"

#include "support/fault_injection.hpp"
#include "support/postgres_server.hpp"
#include "support/test_helpers.hpp"

namespace convert::conformance {
namespace {

/// Delivers twice, late and out of order, but loses nothing.
std::shared_ptr<Queue> chaos_queue() {
  test::QueueDisturbances chaos;
  chaos.twice = 0.3;
  chaos.reorder = 0.3;
  chaos.delay = 0.3;
  chaos.longest_delay = milliseconds(50);
  return std::make_shared<test::ChaosQueue>(memory_queue(), seed(), chaos);
}

/// A queue of a schema of its own.
template <class Server>
std::shared_ptr<Queue> postgresql_queue_on(const Server& server) {
  return test::must(open_queue(server.uri(test::PostgresServer::unique_schema())));
}

std::shared_ptr<Queue> queue_on_postgresql() { return postgresql_queue_on(test::PostgresServer::shared()); }

std::shared_ptr<Queue> queue_behind_pgbouncer() {
  static const test::PgBouncer pooler(test::PostgresServer::shared());
  return postgresql_queue_on(pooler);
}

std::vector<QueueBackend> backends() {
  std::vector<QueueBackend> all = {{"memory", memory_queue}, {"chaos", chaos_queue}};
  const auto opened = open_queue("postgresql:");
  if (!opened && opened.error().code == Errc::unsupported) return all;  // built without
  if (!test::PostgresServer::installed()) return all;
  all.push_back({"postgresql", queue_on_postgresql});
  if (test::PgBouncer::installed()) all.push_back({"pgbouncer", queue_behind_pgbouncer});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Backends, QueueSuite, testing::ValuesIn(backends()), name_of_queue);

TEST(QueueBackends, IncludePostgresql) {
  SKIP_WITHOUT_POSTGRESQL();
  SKIP_WITHOUT_PGBOUNCER();
}

}  // namespace
}  // namespace convert::conformance
