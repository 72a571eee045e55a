// SPDX-License-Identifier: MIT
// Every fault point: a fresh store survives a kill at each; and each that the sources name is met by
// something.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include <gmock/gmock.h>

#include "faults/child_engine.hpp"
#include "faults/storm.hpp"
#include "support/shell_command.hpp"
#include "support/seed.hpp"
#include "support/temporary_folder.hpp"

namespace convert::test {
namespace {

using std::chrono::milliseconds;
using testing::IsEmpty;

constexpr milliseconds kLease(500);

/// What an engine comes by until it is ready, in an empty folder: most of it once in the life of a store.
std::map<std::string, int> points_of_first_start() {
  const TemporaryFolder folder;
  EngineFolder site(folder.path());
  ChildEngine engine(folder.path());
  EXPECT_TRUE(ready(engine));
  auto hits = site.engine_fault_control().hits();
  EXPECT_TRUE(engine.shut_down());
  return hits;
}

std::vector<std::string> problems_after_death_at(const std::string& point, int hit,
                                                 std::uint32_t chosen_seed) {
  const TemporaryFolder folder;
  EngineFolder site(folder.path());
  CrashRun storm(site, chosen_seed, kLease);
  storm.kill_at_point(point, hit);
  storm.finish_all_jobs();
  auto problems = storm.problems();
  if (storm.count().at_points != 1) problems.push_back("nobody came by");
  return problems;
}

TEST(FaultPoints, OfAFirstStartLeaveAStoreThatWorks) {
  SKIP_WITHOUT_PROGRAMS("sha256sum");
  const auto chosen_seed = seed();
  for (const auto& [point, hits] : points_of_first_start()) {
    for (int hit = 1; hit <= (full_run() ? hits : 1); ++hit) {
      EXPECT_THAT(problems_after_death_at(point, hit, chosen_seed), IsEmpty()) << point << ", hit " << hit;
    }
  }
}

/// Those that no engine meets: it never stores a blob under a key that is taken.
const std::set<std::string> kNotReached{"storage.hidden"};

/// What a rehearsal comes by, in engines and workers.
std::set<std::string> points_of_full_run(const std::string& durability) {
  const TemporaryFolder folder;
  EngineFolder site(folder.path());
  CrashRun storm(site, seed(), kLease, durability);
  storm.run_all_operations();
  EXPECT_THAT(storm.problems(), IsEmpty());
  std::set<std::string> points_reached;
  for (const auto& [point, hits] : storm.points_reached()) points_reached.insert(point);
  for (const auto& [point, hits] : site.worker_fault_control().hits()) points_reached.insert(point);
  return points_reached;
}

TEST(FaultPoints, AreAllMet) {
  auto points_reached = points_of_full_run("process");
  points_reached.merge(points_of_full_run("power"));
  std::vector<std::string> missing;
  for (const auto& name : named_fault_points()) {
    if (!points_reached.contains(name) && !kNotReached.contains(name)) missing.push_back(name);
  }
  EXPECT_FALSE(points_reached.empty());
  EXPECT_THAT(missing, IsEmpty());
}

}  // namespace
}  // namespace convert::test
