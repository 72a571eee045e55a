// SPDX-License-Identifier: MIT
#include <random>
#include <string>

#include "conformance/support/suite_support.hpp"
#include "unit/job_store/sqlite/sqlite_job_store_fixture.hpp"

namespace convert::job_store {
namespace {

/// Counts rows of `turns` that do not match the jobs.
constexpr const char* kMismatchedTurns =
    "SELECT COUNT(*) FROM turns WHERE "
    "queued <> (SELECT COUNT(*) FROM jobs WHERE owner = turns.owner AND urgency = turns.urgency AND state = "
    "1) OR "
    "ready <> (SELECT COUNT(*) FROM jobs WHERE owner = turns.owner AND urgency = turns.urgency AND place = "
    "1) OR "
    "running <> (SELECT COUNT(*) FROM jobs WHERE owner = turns.owner AND state = 2)";
constexpr const char* kMismatchedLeases =
    "SELECT (SELECT COUNT(*) FROM jobs WHERE state = 2) - "
    "(SELECT COUNT(*) FROM leases JOIN jobs ON jobs.id = leases.job WHERE jobs.token = leases.token)";
constexpr const char* kMismatchedPlaces = "SELECT COUNT(*) FROM jobs WHERE (state = 1) <> (place > 0)";

class JobCountsTest : public SqliteJobStoreTest {};

TEST_F(JobCountsTest, MatchTheJobsAfterRandomEvents) {
  std::mt19937_64 random(conformance::seed());
  auto now = std::make_shared<Time>(1'000'000s);
  SqliteOptions options{Durability::process};
  options.clock = [now] { return *now; };
  const auto store = open(options);
  const int steps = conformance::amount(1500, 20'000);
  for (int step = 0; step < steps; ++step) {
    const auto id = static_cast<JobId>(1 + random() % 60);
    auto requested = request(step, std::string(1, static_cast<char>('a' + random() % 3)));
    requested.urgency = static_cast<int>(random() % 2);
    requested.fingerprint = random() % 2 == 0 ? "" : std::to_string(random() % 3);
    requested.not_before = *now + std::chrono::milliseconds(random() % 100);
    switch (random() % 8) {
      case 0:
      case 1:
        ASSERT_TRUE(store->insert(requested));
        break;
      case 2:
        ASSERT_TRUE(store->claim({"w", 50ms, 1 + random() % 3}));
        break;
      case 3:
        if (const auto job = store->find(id))
          (void)store->apply(id, event::Completed{job->token, {}, {}}).has_value();
        break;
      case 4:
        (void)store->apply(id, event::Cancelled{}).has_value();
        break;
      case 5:
        (void)store->apply(id, event::Replaced{requested.spec, requested.fingerprint}).has_value();
        break;
      case 6:
        (void)store->remove(id).has_value();
        break;
      default:
        *now += std::chrono::milliseconds(static_cast<int>(random() % 60) - 20);
        ASSERT_TRUE(store->expire_leases(10));
        ASSERT_TRUE(store->trim_changes(*now - 200ms));
    }
    if (step % 50 != 0) continue;
    ASSERT_EQ(query_text(kMismatchedTurns), "0") << step;
    ASSERT_EQ(query_text(kMismatchedLeases), "0") << step;
    ASSERT_EQ(query_text(kMismatchedPlaces), "0") << step;
  }
}

}  // namespace
}  // namespace convert::job_store
